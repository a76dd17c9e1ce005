import { collectBindings } from './collect-bindings.ts'
import type { Claim, Source, TypeDeclaration } from './source.ts'
import { childrenOf, keyOf, literalText, type Node, typeNameOf, unwrap, walk } from './syntax-tree.ts'

type LineOf = (offset: number) => number
type Said = { readonly form: Claim['form']; readonly type: Node }

/** What the file says about types: those it declares, and where it claims to have one without a proof. */
export function collectTypes(
  program: Node,
  text: string,
  lineOf: LineOf,
): Pick<Source, 'types' | 'claims' | 'bindings'> {
  const bindings = collectBindings(program)
  const brandNames = new Set([
    'Brand',
    ...bindings.flatMap(({ name, local }) => (name === 'Brand' ? [local ?? ''] : [])),
  ])
  const parameters = typeParametersIn(program)
  const types: TypeDeclaration[] = []
  const claims: Claim[] = []
  walk(program, (node) => {
    const line = lineOf(node.start)
    if (node.type === 'TSTypeAliasDeclaration' || node.type === 'TSInterfaceDeclaration') {
      types.push({ name: node.id.name, mentions: mentionsOf(node), brands: brandsOf(node, brandNames), line })
    }
    for (const { form, type } of claimsOf(node)) {
      const mentions = mentionsOf(type)
      const isOpen = mentions.some((name) => name === 'typeof' || parameters.has(name))
      claims.push({ form, type: text.slice(type.start, type.end), mentions, isOpen, line })
    }
  })
  return { types, claims, bindings }
}

/** Names that stand for whichever type the caller wishes. */
function typeParametersIn(program: Node): ReadonlySet<string> {
  const names = new Set<string>()
  walk(program, (node) => {
    if (node.type === 'TSTypeParameter') names.add(node.name.name)
  })
  return names
}

/** The names of all types below a node. */
function mentionsOf(type: Node): readonly string[] {
  const names = new Set<string>()
  walk(type, (node) => {
    if (node.type === 'TSTypeReference') names.add(typeNameOf(node.typeName))
    if (node.type === 'TSInterfaceHeritage' && node.expression.type === 'Identifier') names.add(node.expression.name)
    if (node.type === 'TSTypeQuery') names.add('typeof')
    if (node.type === 'TSImportType') {
      names.add(`${literalText(node.source) ?? '*'}#${node.qualifier === null ? '*' : typeNameOf(node.qualifier)}`)
    }
  })
  return [...names]
}

function brandsOf(declaration: Node, brandNames: ReadonlySet<string>): readonly string[] {
  const brands: string[] = []
  walk(declaration, (node) => {
    if (node.type !== 'TSTypeReference') return
    if (!brandNames.has(typeNameOf(node.typeName).split('.').at(-1) ?? '')) return
    const [, name] = node.typeArguments?.params ?? []
    if (name !== undefined) brands.push(literalText(name) ?? '*')
  })
  return brands
}

function claimsOf(node: Node): readonly Said[] {
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSTypeAssertion':
      return [{ form: 'cast', type: node.typeAnnotation }]
    case 'TSSatisfiesExpression':
      return [{ form: 'satisfies', type: node.typeAnnotation }]
    case 'TSTypePredicate':
      return node.typeAnnotation === null ? [] : [{ form: 'predicate', type: node.typeAnnotation.typeAnnotation }]
    case 'CallExpression':
      return (node.typeArguments?.params ?? []).map((type) => ({ form: 'argument', type }))
    case 'TSDeclareFunction':
    case 'TSEmptyBodyFunctionExpression':
      return said('unproved', node.returnType)
    case 'VariableDeclaration':
      if (node.declare !== true) return []
      return node.declarations.flatMap(({ id }) => said('unproved', 'typeAnnotation' in id ? id.typeAnnotation : null))
    case 'PropertyDefinition':
      if (node.declare || node.definite) return said('unproved', node.typeAnnotation)
      return holdsAny(node.value) ? said('any', node.typeAnnotation) : []
    case 'VariableDeclarator':
      if (node.definite === true) return said('unproved', annotationOf(node.id))
      return holdsAny(node.init) ? said('any', annotationOf(node.id)) : []
    case 'AssignmentPattern':
      return holdsAny(node.right) ? said('any', annotationOf(node.left)) : []
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return returnsAny(node.body) ? said('any', node.returnType) : []
    default:
      return []
  }
}

function annotationOf(pattern: Node): Node | null | undefined {
  return 'typeAnnotation' in pattern ? pattern.typeAnnotation : undefined
}

function said(form: Claim['form'], annotation: Node | null | undefined): readonly Said[] {
  return annotation?.type === 'TSTypeAnnotation' ? [{ form, type: annotation.typeAnnotation }] : []
}

/** Of the standard library, what gives `any`, which fits every annotation. */
const anyMakers = /^(JSON\.parse|Object\.(create|values|assign)|Reflect\.\w+|Array)$/

/** Whether a value is `any`, or holds one in a field, or is a function that returns one. What another call was given is that call's to judge. */
function holdsAny(node: Node | null | undefined): boolean {
  if (node === null || node === undefined) return false
  switch (node.type) {
    case 'CallExpression':
    case 'NewExpression':
      return isAnyMaker(unwrap(node.callee), node.arguments.length)
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return returnsAny(node.body)
    case 'Property':
      return holdsAny(node.value)
    case 'MemberExpression':
      return holdsAny(node.object)
    default:
      return !node.type.startsWith('Class') && childrenOf(node).some(holdsAny)
  }
}

function isAnyMaker(callee: Node, argumentCount: number): boolean {
  if (callee.type === 'Identifier') return anyMakers.test(callee.name)
  if (callee.type !== 'MemberExpression') return false
  const method = keyOf(callee.property, callee.computed)
  const receiver = callee.object.type === 'Identifier' ? callee.object.name : ''
  if (method === 'json' && argumentCount === 0) return true
  return holdsAny(callee.object) || anyMakers.test(`${receiver}.${method}`)
}

function returnsAny(body: Node | null): boolean {
  if (body === null) return false
  if (body.type !== 'BlockStatement') return holdsAny(body)
  let found = false
  walk(body, (node) => {
    if (node.type === 'ReturnStatement' && holdsAny(node.argument)) found = true
  })
  return found
}
