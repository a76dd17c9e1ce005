import { z } from 'zod'

/** Where the characters of a string come from, as its schema says in `holds`. Only `name` needs a proof: its alphabet. */
const answered = new Set(['id', 'catalogue', 'policy', 'cleared'])
const timeFormats = new Set(['date-time', 'date', 'time'])
/** Letters, digits, `-` and `_`, with a length: nothing can be said in it that needs a space. */
const narrowAlphabet = /^\^\[A-Za-z0-9_-\]\{\d,\d{1,2}\}\$$|^\^\[A-Za-z\]\[A-Za-z0-9_-\]\{\d,\d{1,2}\}\$$/

/** Places in a schema, as JSON pointers with `*` for any index or key, where text may stand that nobody answers for. */
export function uncheckedTexts(schema: z.core.$ZodType): readonly string[] {
  const root: unknown = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' })
  return [...new Set(walk(root, '', root))]
}

function walk(node: unknown, at: string, root: unknown): readonly string[] {
  // `false` allows nothing; `true` and an empty schema allow everything.
  if (node === false) return []
  if (!isRecord(node)) return [at]
  if (answered.has(String(node['holds']))) return []
  if (node['enum'] !== undefined || node['const'] !== undefined) return []
  if (typeof node['$ref'] === 'string') return walk(definition(root, node['$ref']), at, root)
  const alternatives = [node['anyOf'], node['oneOf'], node['allOf']].filter(Array.isArray).flat()
  if (alternatives.length > 0) return alternatives.flatMap((one) => walk(one, at, root))
  switch (node['type']) {
    case 'object':
      return walkObject(node, at, root)
    case 'array':
      return walkArray(node, at, root)
    case 'number':
    case 'integer':
    case 'boolean':
    case 'null':
      return []
    case 'string':
      return isNarrow(node) ? [] : [at]
    default:
      return [at]
  }
}

function walkObject(node: Record<string, unknown>, at: string, root: unknown): readonly string[] {
  const properties = isRecord(node['properties']) ? node['properties'] : {}
  const named = Object.entries(properties).flatMap(([key, value]) => walk(value, `${at}/${key}`, root))
  const rest = node['additionalProperties'] ?? true
  // An output schema that is silent about further fields is one that strips them.
  if (rest === false || (node['additionalProperties'] === undefined && isRecord(node['properties']))) return named
  const keys = node['propertyNames'] === undefined ? [`${at}/(key)`] : walk(node['propertyNames'], `${at}/(key)`, root)
  return [...named, ...keys, ...walk(rest, `${at}/*`, root)]
}

function walkArray(node: Record<string, unknown>, at: string, root: unknown): readonly string[] {
  const fixed = Array.isArray(node['prefixItems']) ? node['prefixItems'] : []
  const inFixed = fixed.flatMap((one: unknown, index) => walk(one, `${at}/${index}`, root))
  return node['items'] === undefined ? inFixed : [...inFixed, ...walk(node['items'], `${at}/*`, root)]
}

function isNarrow(node: Record<string, unknown>): boolean {
  if (timeFormats.has(String(node['format']))) return true
  return node['holds'] === 'name' && narrowAlphabet.test(String(node['pattern']))
}

function definition(root: unknown, ref: string): unknown {
  let found = root
  for (const key of ref.split('/').slice(1)) found = isRecord(found) ? found[key] : undefined
  return found
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
