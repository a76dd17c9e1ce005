import { CheckRun } from './check-run.ts'
import { isJsonObject } from './is-json-object.ts'
import type { KeywordCompiler } from './keyword-place.ts'
import { sameJson } from './same-json.ts'

const types: ReadonlyMap<unknown, (value: unknown) => boolean> = new Map([
  ['null', (value: unknown) => value === null],
  ['boolean', (value: unknown) => typeof value === 'boolean'],
  ['number', (value: unknown) => Number.isFinite(value)],
  ['integer', (value: unknown) => Number.isInteger(value)],
  ['string', (value: unknown) => typeof value === 'string'],
  ['array', (value: unknown) => Array.isArray(value)],
  ['object', isJsonObject],
])

/** So much of what is allowed is told to who got it wrong. */
const maxTold = 300

export const valueKeywords: Readonly<Record<string, KeywordCompiler>> = {
  type: ({ value: wanted, refuse }) => {
    const names: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted]
    const isOne = names.flatMap((name) => types.get(name) ?? [])
    if (names.length === 0 || isOne.length < names.length || new Set(names).size < names.length)
      return refuse(`expected a type, or a list of different ones, of ${[...types.keys()].join(', ')}`)
    const told = `expected ${names.join(' or ')}`
    return (value, place, run) => isOne.some((is) => is(value)) || run.fail(place, told)
  },
  enum: ({ value: allowed, refuse }) =>
    Array.isArray(allowed) ? oneOf(allowed) : refuse('expected a list of the values that are allowed'),
  const: ({ value: wanted }) => oneOf([wanted]),
}

function oneOf(allowed: readonly unknown[]): ReturnType<KeywordCompiler> {
  const names = new Set(allowed.map((one) => sameJson(one, new CheckRun())))
  const told = `expected ${allowed.length === 1 ? '' : 'one of '}${JSON.stringify(allowed).slice(1, -1).slice(0, maxTold)}`
  return (value, place, run) => names.has(sameJson(value, run)) || run.fail(place, told)
}
