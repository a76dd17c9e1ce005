/**
 * Threat: a pattern in a schema of a customer or of a tool server takes minutes on one text.
 * Rule: RE2 semantics only (no backtracking), bounded size, and each search costs work of the run by text and program.
 * On failure: the schema is refused, with the reason; a search that costs too much refuses the value.
 */
import { RE2JS } from 're2js'
import type { CheckRun } from './check-run.ts'

export type SchemaPattern = {
  readonly isIn: (text: string, run: CheckRun) => boolean
  /** Instructions of its program. */
  readonly size: number
}

const maxCharacters = 500
/** `[a-z]{1,100}` has about 200. */
const maxInstructions = 1000
/** Instructions of a program times characters of a text that are one step. */
const perStep = 64

/** A text says why the pattern is refused. */
export function compileSchemaPattern(source: string): SchemaPattern | string {
  if (source.length > maxCharacters) return `the pattern is longer than ${maxCharacters} characters`
  try {
    const regex = RE2JS.compile(RE2JS.translateRegExp(source))
    const size = regex.programSize()
    if (size > maxInstructions) return `the pattern compiles to ${size} instructions, more than ${maxInstructions}`
    return {
      size,
      isIn: (text, run) => {
        run.spend(1 + Math.ceil((size * text.length) / perStep))
        return regex.matcher(text).find()
      },
    }
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 200) : 'this is no pattern'
  }
}
