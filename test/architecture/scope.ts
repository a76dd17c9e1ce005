import { childrenOf, type Node } from './syntax-tree.ts'

/** Names that a piece of a file declares, and what surrounds it. An imported name knows the module it came from. */
export class Scope {
  readonly #names = new Map<string, string | undefined>()
  readonly #parent: Scope | undefined

  constructor(parent?: Scope) {
    this.#parent = parent
  }

  declare(name: string, imported?: string): void {
    this.#names.set(name, imported)
  }

  /** `undefined` when the name is a global; `imported` when it comes from another module. */
  find(name: string): { readonly imported: string | undefined } | undefined {
    if (this.#names.has(name)) return { imported: this.#names.get(name) }
    return this.#parent?.find(name)
  }

  /** Declares every name that a binding pattern introduces. */
  declarePattern(pattern: Node): void {
    switch (pattern.type) {
      case 'Identifier':
        return this.declare(pattern.name)
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          this.declarePattern(property.type === 'Property' ? property.value : property.argument)
        }
        return
      case 'ArrayPattern':
        for (const element of pattern.elements) if (element !== null) this.declarePattern(element)
        return
      case 'AssignmentPattern':
        return this.declarePattern(pattern.left)
      case 'RestElement':
        return this.declarePattern(pattern.argument)
      case 'TSParameterProperty':
        return this.declarePattern(pattern.parameter)
      default:
    }
  }

  /** Declares what the statements of one block declare, so that a use before the declaration is found too. */
  declareStatements(statements: readonly Node[]): void {
    for (const statement of statements) this.#declareStatement(statement)
  }

  #declareStatement(node: Node): void {
    switch (node.type) {
      case 'ImportDeclaration':
        return this.#declareImports(node)
      case 'VariableDeclaration':
        // `declare const fetch` says what is there already: it stays the global.
        if (node.declare === true) return
        for (const declarator of node.declarations) this.declarePattern(declarator.id)
        return
      case 'FunctionDeclaration':
      case 'ClassDeclaration':
        if (node.id !== null && node.declare !== true) this.declare(node.id.name)
        return
      case 'TSEnumDeclaration':
        return this.declare(node.id.name)
      case 'ExportNamedDeclaration':
        if (node.declaration !== null) this.#declareStatement(node.declaration)
        return
      case 'ExportDefaultDeclaration':
        return this.#declareStatement(node.declaration)
      case 'SwitchCase':
        return this.declareStatements(node.consequent)
      default:
    }
  }

  #declareImports(node: Node): void {
    if (node.type !== 'ImportDeclaration') return
    const from = node.source.value
    for (const specifier of node.specifiers) {
      const [imported] = childrenOf(specifier)
      const name =
        specifier.type === 'ImportSpecifier' && imported?.type === 'Identifier'
          ? imported.name
          : specifier.type === 'ImportDefaultSpecifier'
            ? 'default'
            : '*'
      this.declare(specifier.local.name, `${from}#${name}`)
    }
  }
}
