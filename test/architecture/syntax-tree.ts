import { type Node, visitorKeys } from 'oxc-parser'

export type { Node } from 'oxc-parser'

/** The nodes directly below `node`, in source order. */
export function childrenOf(node: Node): readonly Node[] {
  const found: Node[] = []
  for (const key of visitorKeys[node.type] ?? []) {
    const value: unknown = Reflect.get(node, key)
    if (isNode(value)) found.push(value)
    else if (Array.isArray(value)) found.push(...value.filter(isNode))
  }
  return found
}

/** Calls `visit` for `node` and everything below it. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node)
  for (const child of childrenOf(node)) walk(child, visit)
}

/** The text of a string literal, of a template or of a sum that holds nothing else; undefined for everything computed. */
export function literalText(node: Node | null | undefined): string | undefined {
  switch (node?.type) {
    case 'Literal':
      return typeof node.value === 'string' ? node.value : undefined
    case 'TemplateLiteral':
      return joined(
        node.quasis.flatMap((part, at) => [part.value.cooked ?? undefined, ...holeAt(node.expressions, at)]),
      )
    case 'BinaryExpression':
      return node.operator === '+' ? joined([literalText(node.left), literalText(node.right)]) : undefined
    case 'TSLiteralType':
      return literalText(node.literal)
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
      return literalText(node.expression)
    default:
      return undefined
  }
}

function holeAt(holes: readonly Node[], at: number): readonly (string | undefined)[] {
  const hole = holes[at]
  return hole === undefined ? [] : [literalText(hole)]
}

function joined(parts: readonly (string | undefined)[]): string | undefined {
  const known = parts.filter((part) => part !== undefined)
  return known.length === parts.length ? known.join('') : undefined
}

/** The name that a member is read or declared under; `*` when it is computed at run time. */
export function keyOf(node: Node, computed: boolean): string {
  if (!computed && (node.type === 'Identifier' || node.type === 'PrivateIdentifier')) return node.name
  return literalText(node) ?? '*'
}

/** `a`, `a.b` and `a.b.c` of a type; `*` for what has no name. */
export function typeNameOf(node: Node): string {
  if (node.type === 'Identifier') return node.name
  return node.type === 'TSQualifiedName' ? `${typeNameOf(node.left)}.${node.right.name}` : '*'
}

/** Strips what leaves the value as it is: parentheses, optional chains, casts, `satisfies` and `!`. */
export function unwrap(node: Node): Node {
  switch (node.type) {
    case 'ParenthesizedExpression':
    case 'ChainExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSTypeAssertion':
    case 'TSNonNullExpression':
    case 'TSInstantiationExpression':
      return unwrap(node.expression)
    default:
      return node
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
