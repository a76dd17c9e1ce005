import type { Check } from './check-run.ts'
import { isJsonObject } from './is-json-object.ts'
import type { KeywordCompiler, KeywordPlace } from './keyword-place.ts'

export const combiningKeywords: Readonly<Record<string, KeywordCompiler>> = {
  allOf: (at) => {
    const checks = listed(at)
    return checks && ((value, place, run) => checks.filter((check) => !check(value, place, run)).length === 0)
  },
  anyOf: (at) => {
    const checks = listed(at)
    return (
      checks &&
      ((value, place, run) =>
        checks.some((check) => run.quietly(() => check(value, place, run))) ||
        run.fail(place, 'fits none of the shapes that are allowed here'))
    )
  },
  oneOf: (at) => {
    const checks = listed(at)
    return (
      checks &&
      ((value, place, run) => {
        const fitting = checks.filter((check) => run.quietly(() => check(value, place, run))).length
        if (fitting === 1) return true
        return run.fail(place, fitting === 0 ? 'fits none of the shapes that are allowed here' : 'fits several shapes')
      })
    )
  },
  not: ({ value: schema, owner, inPlace }) => {
    const check = inPlace(schema, [...owner, 'not'])
    return (value, place, run) =>
      !run.quietly(() => check(value, place, run)) || run.fail(place, 'has a shape that is not allowed here')
  },
  if: ({ value: schema, owner, inPlace }) => {
    inPlace(schema, [...owner, 'if'])
    return undefined
  },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema, in a table that nobody awaits
  then: (at) => conditional(at, true),
  else: (at) => conditional(at, false),
  $ref: compileReference,
  $defs: compileDefinitions,
  // Its name until 2019; references to it are still written.
  definitions: compileDefinitions,
}

function listed({ value: schemas, owner, keyword, inPlace, refuse }: KeywordPlace): readonly Check[] | undefined {
  if (!Array.isArray(schemas) || schemas.length === 0) return refuse('expected a list of schemas')
  return schemas.map((schema, index) => inPlace(schema, [...owner, keyword, String(index)]))
}

function conditional(
  { value: branch, schema, owner, keyword, inPlace }: KeywordPlace,
  when: boolean,
): Check | undefined {
  const check = inPlace(branch, [...owner, keyword])
  if (!Object.hasOwn(schema, 'if')) return undefined
  const condition = inPlace(schema['if'], [...owner, 'if'])
  return (value, place, run) => run.quietly(() => condition(value, place, run)) !== when || check(value, place, run)
}

function compileDefinitions({ value: schemas, owner, keyword, subschema, refuse }: KeywordPlace): undefined {
  if (!isJsonObject(schemas)) return refuse('expected an object of schemas')
  for (const [name, schema] of Object.entries(schemas)) subschema(schema, [...owner, keyword, name])
  return undefined
}

/** Within the document only: what lies elsewhere would have to be fetched, and could change. */
function compileReference({ value: reference, root, inPlace, refuse }: KeywordPlace): Check | undefined {
  const path = typeof reference === 'string' ? pathOf(reference) : undefined
  if (path === undefined) return refuse('expected a reference into this schema, as in #/$defs/name')
  let target = root
  for (const step of path) {
    if (Array.isArray(target) && /^(?:0|[1-9]\d{0,4})$/.test(step)) target = target[Number(step)]
    else if (isJsonObject(target) && Object.hasOwn(target, step)) target = target[step]
    else target = undefined
  }
  if (target === undefined) return refuse('there is nothing at that place of the schema')
  return inPlace(target, path)
}

function pathOf(reference: string): readonly string[] | undefined {
  if (reference === '#') return []
  if (!reference.startsWith('#/')) return undefined
  try {
    return decodeURIComponent(reference.slice(2))
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  } catch {
    return undefined
  }
}
