import { isJsonObject } from '../../../platform/json-schema/is-json-object.ts'
import { isNestedDeeper } from '../../../platform/json-schema/is-nested-deeper.ts'
import type { McpAnswer } from '../../../platform/mcp/read-answer.ts'
import type { JsonValue } from '../define-tool.ts'

/** What may be nested deeper is no answer. */
const maxNesting = 64

type Fields = Readonly<Record<string, JsonValue>>

/**
 * An answer as fields that a model may read: what is structured as it is, text as `text` where it does not only repeat that, and
 * the kinds of what was left out. Undefined where it is nested too deep.
 */
export function readToolFields({ untrustedFields, untrustedText, leftOut }: McpAnswer): Fields | undefined {
  const structured = untrustedFields ?? {}
  if (isNestedDeeper(structured, maxNesting) || !isFields(structured)) return undefined
  const hasText = untrustedText !== '' && !repeats(untrustedText, untrustedFields)
  return {
    ...structured,
    ...(hasText ? { text: untrustedText } : {}),
    ...(leftOut.length === 0 ? {} : { left_out: leftOut.join(', ') }),
  }
}

/** Servers write what is structured as text besides, for clients that read no fields. */
function repeats(text: string, fields: McpAnswer['untrustedFields']): boolean {
  if (fields === undefined) return false
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(fields)
  } catch {
    return false
  }
}

/** It came out of JSON. */
function isFields(value: unknown): value is Fields {
  return isJsonObject(value)
}
