/** What is nested deeper than this no rule looks into; the zones refuse such a call. */
const maxDepth = 32

/** What stands at a JSON pointer (RFC 6901), or undefined where nothing does. */
export function argumentAt(value: unknown, pointer: string): unknown {
  let at: unknown = value
  for (const escaped of pointer.split('/').slice(1)) {
    const name = escaped.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined
    at = Object.entries(at).find(([key]) => key === name)?.[1]
  }
  return at
}

/** Names of members in a pointer, without places in arrays. */
export function namesOf(pointer: string): readonly string[] {
  const names = pointer.split('/').slice(1)
  return names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~')).filter((name) => !/^\d{1,4}$/.test(name))
}

export interface ArgumentLeaf {
  readonly field: string
  readonly value: string
}

/** Every value below a place, as text, with its pointer. */
export function leavesOf(value: unknown, field = '', depth = 0): readonly ArgumentLeaf[] {
  if (depth > maxDepth) throw new RangeError('expected arguments nested less deeply')
  if (value === undefined || value === null) return []
  if (typeof value === 'string') return value === '' ? [] : [{ field, value }]
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([name, member]) =>
      leavesOf(member, `${field}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1),
    )
  }
  if (typeof value === 'number' || typeof value === 'boolean') return [{ field, value: String(value) }]
  throw new TypeError('expected arguments that JSON can hold')
}
