import type { Property, Source, Text } from './source.ts'
import { literalText, type Node, unwrap, walk } from './syntax-tree.ts'

type Details = Pick<Source, 'properties' | 'strings' | 'escapes' | 'moduleState'>

/** What the walls want to know besides modules, names and types. */
export function collectDetails(program: Node, lineOf: (offset: number) => number): Details {
  const properties: Property[] = []
  const strings: Text[] = []
  const escapes: Text[] = []
  walk(program, (node) => {
    const line = lineOf(node.start)
    for (const value of textsOf(node)) strings.push({ value, line })
    const escape = escapeOf(node)
    if (escape !== undefined) escapes.push({ value: escape, line })
    const property = namedValue(node)
    if (property !== undefined) properties.push({ key: property.key, values: valuesOf(property.value), line })
  })
  const state = program.type === 'Program' ? program.body.flatMap(changeable) : []
  const moduleState = state.map((node) => ({
    value: node.type === 'Identifier' ? node.name : '*',
    line: lineOf(node.start),
  }))
  return { properties, strings, escapes, moduleState }
}

function escapeOf(node: Node): string | undefined {
  switch (node.type) {
    case 'TSAnyKeyword':
      return 'any'
    case 'TSNonNullExpression':
      return '!'
    case 'TSEnumDeclaration':
      return 'enum'
    case 'TSModuleDeclaration':
      return `${node.kind} ${node.id.type === 'Identifier' ? node.id.name : ''}`.trim()
    case 'TSParameterProperty':
      return 'parameter property'
    case 'TSExportAssignment':
    case 'ExportDefaultDeclaration':
      return 'export default'
    case 'WithStatement':
      return 'with'
    default:
      return undefined
  }
}

/** What `let` and `var` declare at the top of a module. */
function changeable(statement: Node): readonly Node[] {
  const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
  if (declaration?.type !== 'VariableDeclaration' || declaration.kind === 'const') return []
  return declaration.declarations.map(({ id }) => id)
}

/** A literal, or the fixed parts of a template with holes. */
function textsOf(node: Node): readonly string[] {
  const whole = literalText(node)
  if (whole !== undefined) return [whole]
  return node.type === 'TemplateLiteral' ? node.quasis.map((part) => part.value.raw) : []
}

/** `key: value` in an object, or `const key = value` for the shorthand that follows it. */
function namedValue(node: Node): { readonly key: string; readonly value: Node } | undefined {
  if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && node.init !== null) {
    return { key: node.id.name, value: unwrap(node.init) }
  }
  if (node.type !== 'Property' || node.computed || node.key.type !== 'Identifier') return undefined
  return { key: node.key.name, value: unwrap(node.value) }
}

function valuesOf(node: Node): readonly string[] {
  const elements = node.type === 'ArrayExpression' ? node.elements : [node]
  return elements.map((element) => literalText(element)).filter((value) => value !== undefined)
}
