import { type CheckRun, TooMuchWork } from './check-run.ts'
import { isJsonObject } from './is-json-object.ts'

/** Deeper ones are compared with nothing. */
const maxDepth = 64

/** A text that two values share when, and only when, JSON Schema calls them equal: fields in any order, 1.0 is 1. */
export function sameJson(value: unknown, run: CheckRun, depth = 0): string {
  if (depth > maxDepth) throw new TooMuchWork()
  run.spend(1 + (typeof value === 'string' ? value.length / 16 : 0))
  if (Array.isArray(value)) return `[${value.map((one) => sameJson(one, run, depth + 1)).join()}]`
  if (!isJsonObject(value)) return scalar(value)
  const names = Object.keys(value).toSorted()
  return `{${names.map((name) => `${JSON.stringify(name)}:${sameJson(value[name], run, depth + 1)}`).join()}}`
}

/** Minus nothing is nothing. */
function scalar(value: unknown): string {
  if (typeof value === 'number') return String(value + 0)
  if (typeof value === 'string') return JSON.stringify(value)
  return value === null || typeof value === 'boolean' ? String(value) : 'no JSON'
}
