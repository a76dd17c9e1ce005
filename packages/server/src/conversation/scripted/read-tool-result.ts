import { z } from 'zod'
import { parseJson } from '../../kernel/parse-json.ts'

const resultSchema = z.looseObject({ ok: z.boolean() })

/** What a tool said, as values for a script: `result.<field>` for each field that is a string, a number or a truth value. */
export type ReadToolResult = { readonly ok: boolean; readonly values: ReadonlyMap<string, string> }

/** Reads the text of a tool result. What is no JSON object with `ok` counts as a failure without fields. */
export function readToolResult(text: string): ReadToolResult {
  const parsed = resultSchema.safeParse(parseJson(text))
  if (!parsed.success) return { ok: false, values: new Map() }
  const values = new Map<string, string>()
  for (const [name, value] of Object.entries(parsed.data)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      values.set(`result.${name}`, String(value))
    }
  }
  return { ok: parsed.data.ok, values }
}
