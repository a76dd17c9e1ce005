import type { Edge } from './source.ts'
import { literalText, type Node, unwrap, walk } from './syntax-tree.ts'

type LineOf = (offset: number) => number

/** Every way in which this module reaches another one. */
export function collectEdges(program: Node, lineOf: LineOf): readonly Edge[] {
  const edges: Edge[] = []
  const { names, judged, stray } = loadersIn(program)
  walk(program, (node) => {
    const edge = statementEdge(node) ?? expressionEdge(node, names) ?? strayLoader(node, judged, stray)
    if (edge !== undefined) edges.push({ ...edge, line: lineOf(node.start) })
  })
  return edges
}

type EdgeWithoutLine = Omit<Edge, 'line'>

function statementEdge(node: Node): EdgeWithoutLine | undefined {
  switch (node.type) {
    case 'ImportDeclaration': {
      const names = node.specifiers.map((specifier) => {
        if (specifier.type === 'ImportSpecifier') return nameOf(specifier.imported)
        return specifier.type === 'ImportDefaultSpecifier' ? 'default' : '*'
      })
      const typeOnly =
        node.importKind === 'type' ||
        (node.specifiers.length > 0 &&
          node.specifiers.every((one) => one.type === 'ImportSpecifier' && one.importKind === 'type'))
      const typeNames = node.specifiers.flatMap((one) =>
        one.type === 'ImportSpecifier' && one.importKind === 'type' ? [nameOf(one.imported)] : [],
      )
      const mixed = typeOnly || typeNames.length === 0 ? {} : { typeNames }
      return { form: 'import', specifier: node.source.value, names, typeOnly, ...mixed }
    }
    case 'ExportNamedDeclaration': {
      if (node.source === null) return undefined
      const names = node.specifiers.map((specifier) => nameOf(specifier.local))
      return { form: 're-export', specifier: node.source.value, names, typeOnly: node.exportKind === 'type' }
    }
    case 'ExportAllDeclaration':
      return { form: 're-export', specifier: node.source.value, names: ['*'], typeOnly: node.exportKind === 'type' }
    case 'TSImportType': {
      const names = node.qualifier?.type === 'Identifier' ? [node.qualifier.name] : ['*']
      return { form: 'type', specifier: literalText(node.source), names, typeOnly: true }
    }
    case 'TSExternalModuleReference':
      return { form: 'require', specifier: literalText(node.expression), names: ['*'], typeOnly: false }
    default:
      return undefined
  }
}

function expressionEdge(node: Node, requires: ReadonlySet<string>): EdgeWithoutLine | undefined {
  const whole = { names: ['*'], typeOnly: false }
  if (node.type === 'ImportExpression') return { form: 'dynamic', specifier: literalText(node.source), ...whole }
  if (
    node.type === 'NewExpression' &&
    node.callee.type === 'Identifier' &&
    /^(Shared)?Worker$/.test(node.callee.name)
  ) {
    return { form: 'worker', specifier: workerTarget(node.arguments[0]), ...whole }
  }
  if (node.type !== 'CallExpression') return undefined
  const callee = unwrap(node.callee)
  const target = literalText(node.arguments[0])
  if (callee.type === 'Identifier' && requires.has(callee.name)) return { form: 'require', specifier: target, ...whole }
  if (callee.type === 'CallExpression' && isCreateRequire(callee))
    return { form: 'require', specifier: target, ...whole }
  if (callee.type !== 'MemberExpression') return undefined
  const method = callee.computed ? literalText(callee.property) : nameOf(callee.property)
  if (method === 'getBuiltinModule' || method === 'binding') return { form: 'builtin', specifier: target, ...whole }
  if (method === 'require') return { form: 'require', specifier: target, ...whole }
  return undefined
}

/** A `createRequire(...)` that is handed on, or taken under another name, can load anything where no wall looks. */
function strayLoader(node: Node, judged: ReadonlySet<Node>, stray: ReadonlySet<Node>): EdgeWithoutLine | undefined {
  const renamed =
    node.type === 'ImportSpecifier' && nameOf(node.imported) === 'createRequire' && node.local.name !== 'createRequire'
  if (!renamed && !stray.has(node) && (!isCreateRequire(node) || judged.has(node))) return undefined
  return { form: 'require', specifier: undefined, names: ['*'], typeOnly: false }
}

type Loaders = {
  readonly names: ReadonlySet<string>
  readonly judged: ReadonlySet<Node>
  /** Uses of a named loader that are neither a call nor a question for a path. */
  readonly stray: ReadonlySet<Node>
}

/**
 * `require` itself and every name that was given a `createRequire(...)`; and the calls of it that are judged where they
 * stand, because they are named, called at once, or only asked to `resolve` a path.
 */
function loadersIn(program: Node): Loaders {
  const names = new Set(['require'])
  const judged = new Set<Node>()
  const uses: Node[] = []
  walk(program, (node) => {
    if (node.type === 'Identifier') uses.push(node)
    if (node.type === 'VariableDeclarator' && node.init !== null) {
      const made = unwrap(node.init)
      if (!isCreateRequire(made)) return
      if (node.id.type === 'Identifier') {
        names.add(node.id.name)
        judged.add(node.id)
      }
      if (node.id.type === 'Identifier' || takesOnlyResolve(node.id)) judged.add(made)
    }
    if (node.type === 'MemberExpression' && !node.computed) judged.add(node.property)
    if (node.type === 'MemberExpression' && nameOf(node.property) === 'resolve') judged.add(unwrap(node.object))
    if (node.type === 'CallExpression') judged.add(unwrap(node.callee))
  })
  const made = new Set(
    uses.flatMap((use) => (judged.has(use) && use.type === 'Identifier' && names.has(use.name) ? [use.name] : [])),
  )
  const stray = uses.filter(
    (use) => use.type === 'Identifier' && made.has(use.name) && names.has(use.name) && !judged.has(use),
  )
  return { names, judged, stray: new Set(stray) }
}

function takesOnlyResolve(pattern: Node): boolean {
  if (pattern.type !== 'ObjectPattern') return false
  return pattern.properties.every((property) => property.type === 'Property' && nameOf(property.key) === 'resolve')
}

function isCreateRequire(node: Node): boolean {
  if (node.type !== 'CallExpression') return false
  const callee = unwrap(node.callee)
  if (callee.type === 'Identifier') return callee.name === 'createRequire'
  return callee.type === 'MemberExpression' && !callee.computed && nameOf(callee.property) === 'createRequire'
}

/** `new Worker(new URL('./x.ts', import.meta.url))` or `new Worker('./x.ts')`; `isSource ? './x.ts' : './x.js'` is one file, too. */
function workerTarget(argument: Node | undefined): string | undefined {
  if (argument === undefined) return undefined
  const plain = unwrap(argument)
  return plain.type === 'NewExpression' ? sourceName(plain.arguments[0]) : sourceName(plain)
}

/** Which of two names a worker has depends on whether it was compiled; both must be one file's. */
function sourceName(node: Node | undefined): string | undefined {
  if (node?.type !== 'ConditionalExpression') return literalText(node)
  const source = literalText(node.consequent)
  return source?.endsWith('.ts') === true && literalText(node.alternate) === source.replace(/\.ts$/, '.js')
    ? source
    : undefined
}

function nameOf(node: Node): string {
  if (node.type === 'Identifier' || node.type === 'PrivateIdentifier') return node.name
  return literalText(node) ?? '*'
}
