import type { ToolRule } from '@hyponema/contract'
import { RE2JS } from 're2js'
import { argumentAt } from './argument-values.ts'

type Constraint = ToolRule['constraints'][number]

/** As the regexes of zones: what needs more is no pattern for an argument. */
const maxInstructions = 2000

/** Pointers of arguments that are not as the rule wants them. An argument that is not there is the schema's business. */
export function brokenConstraints(constraints: readonly Constraint[], args: unknown): readonly string[] {
  return constraints.flatMap((constraint) => {
    const value = argumentAt(args, constraint.field)
    return value === undefined || value === null || fits(constraint, value) ? [] : [constraint.field]
  })
}

function fits({ one_of: oneOf, regex, min, max, max_characters: maxCharacters }: Constraint, value: unknown): boolean {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return false
  const text = String(value)
  if (oneOf !== undefined && !oneOf.some((one) => String(one) === text)) return false
  if (regex !== undefined && !compiled(regex).matches(text)) return false
  if (maxCharacters !== undefined && [...text].length > maxCharacters) return false
  if (min === undefined && max === undefined) return true
  const number = typeof value === 'number' ? value : text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(number) && number >= (min ?? number) && number <= (max ?? number)
}

/** Why this regex may not be used, or undefined. It has to match the whole value, so it may match the empty one. */
export function refuseArgumentRegex(source: string): string | undefined {
  try {
    const size = RE2JS.compile(source).programSize()
    return size > maxInstructions ? `it compiles to ${size} instructions, more than ${maxInstructions}` : undefined
  } catch (error) {
    return error instanceof Error ? error.message : 'it is not a pattern'
  }
}

const patterns = new Map<string, RE2JS>()
const maxPatterns = 1000

function compiled(source: string): RE2JS {
  const known = patterns.get(source)
  if (known !== undefined) return known
  if (patterns.size >= maxPatterns) patterns.clear()
  const made = RE2JS.compile(source)
  patterns.set(source, made)
  return made
}
