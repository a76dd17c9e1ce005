/**
 * Threat: a tool repeats the key that it was called with, or another one that it holds, and the key goes to a model, into a
 * transcript and to clients.
 * Rule: in every text of an answer, names of fields included, no twelve characters in a row of our key stay, however they are
 * spelled, and nothing that has the form of a vendor's key, a token or a private key.
 * On failure: undefined where our key was wiped meanwhile, so that nobody can say whether it stands there, or stands there in pieces.
 */
import { withoutSecret } from '../../platform/crypto/without-secret.ts'
import type { LentSecret } from '../../platform/outbound/lend-secret.ts'
import type { JsonValue } from './define-tool.ts'

type Fields = Readonly<Record<string, JsonValue>>

/** Six, as in an operator's log, would take telephone numbers out of answers: some spelling of a key has every few digits. */
const runLength = 12

/** Only forms that an id of somebody's system does not have. What could be tried again from every place in a text has a bound. */
const keys =
  /\b(?:Bearer\s+[\w.~+/-]{16,}=*|(?:sk|pk|rk|gsk|xai|hf)[-_][\w-]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|A[KS]IA[0-9A-Z]{16}|AIza[\w-]{30,}|wh(?:sec|sk)_[\w+/=]{16,}|eyJ[\w-]{8,600}\.[\w-]{8,4000}\.[\w-]*)|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/gi

/** What may be nested deeper is no answer; whoever calls this has refused it. */
export function maskSecrets(fields: Fields, credential: LentSecret | undefined): Fields | undefined {
  const masked = maskFields(fields, maskKeys)
  if (credential === undefined) return masked
  try {
    return credential.use((bytes) => withoutOwn(masked, bytes))
  } catch {
    return undefined
  }
}

/** Undefined where parts of the key stand in several texts, each too short to be one. */
function withoutOwn(fields: Fields, bytes: Uint8Array): Fields | undefined {
  const run = Math.min(runLength, bytes.length)
  // The names of fields may be parts of it, or stand between its parts.
  const isClean = (some: Fields): boolean =>
    [true, false].every((withNames) => {
      const together = textsOf(some, withNames).join('\n')
      return withoutSecret(together, bytes, run) === together
    })
  if (isClean(fields)) return fields
  const masked = maskFields(fields, (text) => (text.length < run ? text : withoutSecret(text, bytes, run)))
  return isClean(masked) ? masked : undefined
}

function textsOf(value: JsonValue, withNames: boolean): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return value === null ? [] : [String(value)]
  return isList(value)
    ? value.flatMap((one) => textsOf(one, withNames))
    : Object.entries(value).flatMap(([name, one]) => [...(withNames ? [name] : []), ...textsOf(one, withNames)])
}

function maskKeys(text: string): string {
  return text.replaceAll(keys, '[secret]')
}

function maskFields(fields: Fields, mask: (text: string) => string): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [mask(name), maskValue(value, mask)]))
}

function maskValue(value: JsonValue, mask: (text: string) => string): JsonValue {
  if (typeof value === 'string') return mask(value)
  if (typeof value !== 'object' || value === null) return value
  return isList(value) ? value.map((one) => maskValue(one, mask)) : maskFields(value, mask)
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
