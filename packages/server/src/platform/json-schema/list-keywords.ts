import type { KeywordCompiler, KeywordPlace } from './keyword-place.ts'
import { readCount } from './read-count.ts'
import { sameJson } from './same-json.ts'

export const listKeywords: Readonly<Record<string, KeywordCompiler>> = {
  items: ({ value: schema, owner, subschema, schema: { prefixItems } }) => {
    const check = subschema(schema, [...owner, 'items'])
    const first = Array.isArray(prefixItems) ? prefixItems.length : 0
    return (value, above, run) => {
      if (!Array.isArray(value)) return true
      let fits = true
      for (let step = first; step < value.length; step += 1) {
        if (!check(value[step], { above, step }, run)) fits = false
      }
      return fits
    }
  },
  prefixItems: ({ value: schemas, owner, subschema, refuse }) => {
    if (!Array.isArray(schemas) || schemas.length === 0) return refuse('expected a list of schemas')
    const checks = schemas.map((schema, index) => subschema(schema, [...owner, 'prefixItems', String(index)]))
    return (value, above, run) => {
      if (!Array.isArray(value)) return true
      return checks
        .slice(0, value.length)
        .map((check, step) => check(value[step], { above, step }, run))
        .every((fits) => fits)
    }
  },
  contains: compileContains,
  minContains: countOnly,
  maxContains: countOnly,
  minItems: (at) => {
    const least = readCount(at)
    if (least === undefined) return undefined
    return (value, place, run) =>
      !Array.isArray(value) || value.length >= least || run.fail(place, `expected at least ${least} entries`)
  },
  maxItems: (at) => {
    const most = readCount(at)
    if (most === undefined) return undefined
    return (value, place, run) =>
      !Array.isArray(value) || value.length <= most || run.fail(place, `expected at most ${most} entries`)
  },
  uniqueItems: ({ value: isWanted, refuse }) => {
    if (typeof isWanted !== 'boolean') return refuse('expected true or false')
    if (!isWanted) return undefined
    return (value, place, run) =>
      !Array.isArray(value) ||
      new Set(value.map((one) => sameJson(one, run))).size === value.length ||
      run.fail(place, 'expected no entry twice')
  },
}

/** `contains` reads it. */
function countOnly(at: KeywordPlace): undefined {
  readCount(at)
  return undefined
}

function compileContains({ value: wanted, schema, owner, subschema }: KeywordPlace) {
  const check = subschema(wanted, [...owner, 'contains'])
  const least = typeof schema['minContains'] === 'number' ? schema['minContains'] : 1
  const most = typeof schema['maxContains'] === 'number' ? schema['maxContains'] : Number.POSITIVE_INFINITY
  return (...[value, above, run]: Parameters<typeof check>): boolean => {
    if (!Array.isArray(value)) return true
    const count = value.filter((one, step) => run.quietly(() => check(one, { above, step }, run))).length
    if (count >= least && count <= most) return true
    return run.fail(above, count < least ? 'an entry that is expected is missing' : 'has too many entries of one kind')
  }
}
