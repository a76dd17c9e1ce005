import { isJsonObject } from '../../platform/json-schema/is-json-object.ts'

/** Deeper arguments are asked about by their length. */
const maxDepth = 8

/** JSON pointers of arguments whose values a schema lists, with `enum` or `const`. What stands behind a reference is not followed. */
export function enumFields(schema: unknown, pointer = '', depth = 0): readonly string[] {
  if (!isJsonObject(schema) || depth > maxDepth) return []
  const own = Array.isArray(schema['enum']) || 'const' in schema ? [pointer] : []
  const { properties } = schema
  if (!isJsonObject(properties)) return own
  const below = Object.entries(properties).flatMap(([name, member]) =>
    enumFields(member, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1),
  )
  return [...own, ...below]
}
