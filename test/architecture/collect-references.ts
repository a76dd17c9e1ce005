import { type Chain, chainOf, globalPath, importedPath } from './name-chain.ts'
import { Scope } from './scope.ts'
import type { Reference } from './source.ts'
import { childrenOf, keyOf, literalText, type Node, unwrap } from './syntax-tree.ts'

type LineOf = (offset: number) => number
type How = Pick<Reference, 'use' | 'argumentCount' | 'textArgument'>

const reading: How = { use: 'read', argumentCount: 0, textArgument: false }

/**
 * Every use of a global or an imported binding, with the properties that were read from it: `process.env.HOME`,
 * `node:crypto#randomBytes`. A name that the file declares itself is not one, so a parameter called `fetch` is fine
 * while the global of that name, two functions below, is still seen.
 */
export function collectReferences(program: Node, lineOf: LineOf): readonly Reference[] {
  const collector = new Collector(lineOf)
  collector.visit(program, new Scope())
  return collector.found
}

class Collector {
  readonly found: Reference[] = []
  readonly #lineOf: LineOf

  constructor(lineOf: LineOf) {
    this.#lineOf = lineOf
  }

  visit(node: Node, scope: Scope): void {
    switch (node.type) {
      case 'Identifier':
      case 'MetaProperty':
      case 'MemberExpression':
        return this.#visitChain(node, scope, reading)
      case 'CallExpression':
      case 'NewExpression': {
        const use = node.type === 'NewExpression' ? 'new' : 'call'
        this.#visitChain(node.callee, scope, { use, ...argumentsOf(node.arguments) })
        return this.#visitAll(node.arguments, scope)
      }
      case 'TaggedTemplateExpression':
        this.#visitChain(node.tag, scope, { use: 'tag', argumentCount: 1, textArgument: true })
        return this.visit(node.quasi, scope)
      case 'VariableDeclarator':
        return this.#visitTaking(node.id, node.init, scope)
      case 'AssignmentExpression':
        return this.#visitTaking(node.left, node.right, scope)
      case 'Property':
      case 'MethodDefinition':
      case 'PropertyDefinition':
      case 'AccessorProperty':
        if (node.type !== 'Property') this.#visitAll(node.decorators, scope)
        if (node.computed) this.visit(node.key, scope)
        if (node.value !== null) this.visit(node.value, scope)
        return
      default:
        return this.#visitScoped(node, scope)
    }
  }

  /** Nodes that open a scope, and those whose identifiers are not uses. */
  #visitScoped(node: Node, scope: Scope): void {
    switch (node.type) {
      case 'Program':
      case 'BlockStatement':
      case 'StaticBlock': {
        const inner = new Scope(scope)
        inner.declareStatements(node.body)
        return this.#visitAll(node.body, inner)
      }
      case 'SwitchStatement': {
        this.visit(node.discriminant, scope)
        const inner = new Scope(scope)
        inner.declareStatements(node.cases)
        return this.#visitAll(node.cases, inner)
      }
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return this.#visitFunction(node, scope)
      case 'ClassDeclaration':
      case 'ClassExpression': {
        const inner = new Scope(scope)
        if (node.id !== null) inner.declare(node.id.name)
        if (node.superClass !== null) this.visit(node.superClass, inner)
        this.#visitAll(node.decorators, inner)
        return this.visit(node.body, inner)
      }
      case 'ForStatement':
        return this.#visitLoop(node, node.init, scope)
      case 'ForInStatement':
      case 'ForOfStatement':
        return this.#visitLoop(node, node.left, scope)
      case 'CatchClause': {
        const inner = new Scope(scope)
        if (node.param !== null) inner.declarePattern(node.param)
        return this.visit(node.body, inner)
      }
      default:
        return this.#visitRest(node, scope)
    }
  }

  #visitRest(node: Node, scope: Scope): void {
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'PrivateIdentifier':
        return
      case 'LabeledStatement':
        return this.visit(node.body, scope)
      case 'ExportNamedDeclaration':
        if (node.source !== null) return
        if (node.declaration !== null) this.visit(node.declaration, scope)
        for (const specifier of node.specifiers) this.visit(specifier.local, scope)
        return
      default: {
        const inside = unwrap(node)
        if (inside !== node) return this.visit(inside, scope)
        // What is left of TypeScript is types; they do nothing at run time.
        if (!node.type.startsWith('TS')) this.#visitAll(childrenOf(node), scope)
      }
    }
  }

  #visitAll(nodes: readonly Node[] | undefined, scope: Scope): void {
    for (const node of nodes ?? []) this.visit(node, scope)
  }

  #visitFunction(node: Node, scope: Scope): void {
    if (node.type !== 'FunctionDeclaration' && node.type !== 'FunctionExpression') {
      if (node.type !== 'ArrowFunctionExpression') return
    }
    const inner = new Scope(scope)
    if (node.id !== null) inner.declare(node.id.name)
    for (const parameter of node.params) inner.declarePattern(parameter)
    for (const parameter of node.params) this.#visitPattern(parameter, inner)
    if (node.body !== null) this.visit(node.body, inner)
  }

  #visitLoop(loop: Node, head: Node | null, scope: Scope): void {
    const inner = new Scope(scope)
    if (head !== null) inner.declareStatements([head])
    this.#visitAll(childrenOf(loop), inner)
  }

  /** Defaults and computed keys inside a binding pattern are code; the names in it are not uses. */
  #visitPattern(pattern: Node, scope: Scope): void {
    switch (pattern.type) {
      case 'Identifier':
        return
      case 'AssignmentPattern':
        this.#visitPattern(pattern.left, scope)
        return this.visit(pattern.right, scope)
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          if (property.type === 'Property' && property.computed) this.visit(property.key, scope)
          this.#visitPattern(property.type === 'Property' ? property.value : property.argument, scope)
        }
        return
      case 'ArrayPattern':
        for (const element of pattern.elements) if (element !== null) this.#visitPattern(element, scope)
        return
      case 'RestElement':
        return this.#visitPattern(pattern.argument, scope)
      case 'TSParameterProperty':
        return this.#visitPattern(pattern.parameter, scope)
      default:
        return this.visit(pattern, scope)
    }
  }

  /** `const { env } = process` reads `process.env`; `const p = process` hands the whole of it on. */
  #visitTaking(target: Node, from: Node | null, scope: Scope): void {
    this.#visitPattern(target, scope)
    if (from === null) return
    const chain = chainOf(from)
    if (chain === undefined || target.type !== 'ObjectPattern') return this.visit(from, scope)
    this.#visitAll(chain.computed, scope)
    for (const property of target.properties) {
      const key = property.type === 'Property' ? keyOf(property.key, property.computed) : '*'
      this.#record({ ...chain, members: [...chain.members, key] }, from, scope, reading)
    }
  }

  #visitChain(node: Node, scope: Scope, how: How): void {
    const chain = chainOf(node)
    if (chain !== undefined) {
      this.#visitAll(chain.computed, scope)
      return this.#record(chain, node, scope, how)
    }
    const plain = unwrap(node)
    if (plain.type !== 'MemberExpression') return this.visit(plain, scope)
    this.visit(plain.object, scope)
    if (plain.computed) this.visit(plain.property, scope)
  }

  #record(chain: Chain, node: Node, scope: Scope, how: How): void {
    const known = scope.find(chain.root)
    if (known !== undefined && known.imported === undefined) return
    const path = known?.imported === undefined ? globalPath(chain) : importedPath(known.imported, chain.members)
    this.found.push({ path, ...how, line: this.#lineOf(node.start) })
  }
}

/** A spread may hold nothing, so it does not count as an argument. */
function argumentsOf(given: readonly Node[]): Pick<Reference, 'argumentCount' | 'textArgument'> {
  const [first] = given
  const isText = first?.type === 'TemplateLiteral' || (first !== undefined && literalText(first) !== undefined)
  return { argumentCount: given.filter((one) => one.type !== 'SpreadElement').length, textArgument: isText }
}
