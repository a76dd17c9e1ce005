import type { Check } from './check-run.ts'
import { isJsonObject } from './is-json-object.ts'
import type { KeywordCompiler, KeywordPlace } from './keyword-place.ts'
import { readCount } from './read-count.ts'
import type { SchemaPattern } from './schema-pattern.ts'

export const objectKeywords: Readonly<Record<string, KeywordCompiler>> = {
  properties: ({ value: schemas, owner, subschema, refuse }) => {
    if (!isJsonObject(schemas)) return refuse('expected an object of schemas')
    const checks = Object.entries(schemas).map(
      ([name, schema]) => [name, subschema(schema, [...owner, 'properties', name])] as const,
    )
    return (value, above, run) => {
      if (!isJsonObject(value)) return true
      let fits = true
      for (const [step, check] of checks) {
        if (Object.hasOwn(value, step) && !check(value[step], { above, step }, run)) fits = false
      }
      return fits
    }
  },
  patternProperties: (at) => {
    if (!isJsonObject(at.value)) return at.refuse('expected an object of schemas')
    const checks = Object.entries(at.value).flatMap(([source, schema]) => {
      const pattern = at.pattern(source)
      const check = at.subschema(schema, [...at.owner, 'patternProperties', source])
      return typeof pattern === 'string' ? (at.refuse(pattern, [source]) ?? []) : [{ pattern, check }]
    })
    return forFields((name, value, place, run) => {
      const failed = checks.filter(({ pattern, check }) => pattern.isIn(name, run) && !check(value, place, run))
      return failed.length === 0
    })
  },
  additionalProperties: (at) => {
    const check = at.subschema(at.value, [...at.owner, 'additionalProperties'])
    const named = isJsonObject(at.schema['properties']) ? new Set(Object.keys(at.schema['properties'])) : new Set()
    const patterns = siblingPatterns(at)
    return forFields((name, value, place, run) => {
      if (named.has(name) || patterns.some((pattern) => pattern.isIn(name, run))) return true
      return at.value === false ? run.fail(place, 'this field is not known') : check(value, place, run)
    })
  },
  propertyNames: ({ value: schema, owner, subschema }) => {
    const check = subschema(schema, [...owner, 'propertyNames'])
    return forFields((name, _value, place, run) => check(name, place, run))
  },
  required: ({ value: names, refuse }) => {
    if (!isNames(names)) return refuse('expected a list of different names')
    return (value, above, run) => {
      if (!isJsonObject(value)) return true
      run.spend(names.length / 8)
      const missing = names.filter((name) => !Object.hasOwn(value, name))
      for (const step of missing) run.fail({ above, step }, 'this field is missing')
      return missing.length === 0
    }
  },
  dependentRequired: ({ value: rules, refuse }) => {
    if (!isJsonObject(rules)) return refuse('expected an object of lists of names')
    const needs = new Map<string, readonly string[]>()
    for (const [name, names] of Object.entries(rules)) {
      if (!isNames(names)) return refuse('expected a list of different names', [name])
      needs.set(name, names)
    }
    return (value, above, run) => {
      if (!isJsonObject(value)) return true
      const wanted = [...needs].flatMap(([name, names]) => (Object.hasOwn(value, name) ? names : []))
      run.spend(1 + wanted.length / 8)
      const missing = wanted.filter((name) => !Object.hasOwn(value, name))
      for (const step of missing) run.fail({ above, step }, 'this field is missing')
      return missing.length === 0
    }
  },
  minProperties: (at) => {
    const least = readCount(at)
    if (least === undefined) return undefined
    return (value, place, run) =>
      !isJsonObject(value) || Object.keys(value).length >= least || run.fail(place, `expected at least ${least} fields`)
  },
  maxProperties: (at) => {
    const most = readCount(at)
    if (most === undefined) return undefined
    return (value, place, run) =>
      !isJsonObject(value) || Object.keys(value).length <= most || run.fail(place, `expected at most ${most} fields`)
  },
}

function forFields(check: (name: string, ...rest: Parameters<Check>) => boolean): Check {
  return (value, above, run) => {
    if (!isJsonObject(value)) return true
    let fits = true
    for (const step of Object.keys(value)) {
      run.spend(1)
      if (!check(step, value[step], { above, step }, run)) fits = false
    }
    return fits
  }
}

/** What is wrong with them is told where they stand. */
function siblingPatterns({ schema, pattern }: KeywordPlace): readonly SchemaPattern[] {
  const { patternProperties } = schema
  if (!isJsonObject(patternProperties)) return []
  const patterns = Object.keys(patternProperties).map(pattern)
  return patterns.filter((one) => typeof one !== 'string')
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string') && new Set(value).size === value.length
}
