import type { Claim, MethodCall, Property, Source, Text } from './source.ts'
import { literalText, type Node, unwrap, walk } from './syntax-tree.ts'

type Details = Pick<Source, 'claims' | 'methodCalls' | 'brands' | 'properties' | 'strings'>

/** What the walls want to know besides modules and names. */
export function collectDetails(program: Node, text: string, lineOf: (offset: number) => number): Details {
  const claims: Claim[] = []
  const methodCalls: MethodCall[] = []
  const brands: string[] = []
  const properties: Property[] = []
  const strings: Text[] = []
  walk(program, (node) => {
    const line = lineOf(node.start)
    for (const value of textsOf(node)) strings.push({ value, line })
    const typeName = claimedType(node)
    if (typeName !== undefined) {
      claims.push({ typeName, form: node.type === 'TSTypePredicate' ? 'predicate' : 'as', line })
    }
    if (node.type === 'TSTypeAliasDeclaration' && mentionsBrand(node.typeAnnotation)) brands.push(node.id.name)
    const property = namedValue(node)
    if (property !== undefined) properties.push({ key: property.key, values: valuesOf(property.value), line })
    const call = methodCall(node, text)
    if (call !== undefined) methodCalls.push({ ...call, line })
  })
  return { claims, methodCalls, brands, properties, strings }
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

function methodCall(node: Node, text: string): Omit<MethodCall, 'line'> | undefined {
  if (node.type !== 'CallExpression') return undefined
  const callee = unwrap(node.callee)
  if (callee.type !== 'MemberExpression') return undefined
  const { property } = callee
  const method = property.type === 'Identifier' && !callee.computed ? property.name : literalText(property)
  const [first] = node.arguments
  return method === undefined
    ? undefined
    : { method, firstArgument: first === undefined ? undefined : text.slice(first.start, first.end) }
}

/** The type that a value is said to have, in the innermost name of it: `Cleared` of `as readonly Cleared[]`. */
function claimedType(node: Node): string | undefined {
  if (node.type === 'TSAsExpression' || node.type === 'TSTypeAssertion') return nameOfType(node.typeAnnotation)
  if (node.type !== 'TSTypePredicate' || node.typeAnnotation === null) return undefined
  return nameOfType(node.typeAnnotation.typeAnnotation)
}

function nameOfType(node: Node): string {
  if (node.type === 'TSArrayType') return nameOfType(node.elementType)
  if (node.type === 'TSTypeOperator') return nameOfType(node.typeAnnotation)
  if (node.type !== 'TSTypeReference') return node.type
  return node.typeName.type === 'Identifier' ? node.typeName.name : '*'
}

function mentionsBrand(type: Node): boolean {
  let found = false
  walk(type, (node) => {
    if (node.type === 'TSTypeReference' && nameOfType(node) === 'Brand') found = true
  })
  return found
}
