/**
 * Threat: a provider repeats the key that we sent, or another one ("Incorrect API key provided: ..."), and its words reach a log
 * or a person.
 * Rule: one short line, without any part of the lent key and without anything that looks like a key.
 * On failure: words that may hold a key that was wiped meanwhile are withheld.
 */
import { withoutSecret } from '../crypto/without-secret.ts'
import type { LentSecret } from './lend-secret.ts'

/** Enough to understand a refusal; a provider's page of HTML is not. */
const maxCharacters = 300
/** What is looked at: more than any refusal, little enough that the patterns below cost nothing. */
const maxReadCharacters = 10_000

/** Makes a provider's words, at most 300 characters of them, fit to be read by operators. */
export function redactProviderWords(words: string, credential: LentSecret | undefined): string {
  const line = words
    .slice(0, maxReadCharacters)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  const withoutOurs = credential === undefined ? line : withoutCredential(line, credential)
  const redacted = withoutOurs
    .replaceAll(/\bBearer\s+\S+/gi, 'Bearer [secret]')
    .replaceAll(/\b(?:sk|pk|rk|gsk|xai|hf|tok|token|key|api|secret|org|proj)[-_][\w*.-]{6,}/gi, '[secret]')
    .replaceAll(/[A-Za-z0-9+/_-]{32,}/g, '[secret]')
  return redacted.length > maxCharacters ? `${wholeWords(redacted.slice(0, maxCharacters - 2))} …` : redacted
}

/** Half an address or a number is personal data that nobody recognises any more. */
function wholeWords(cut: string): string {
  return cut.replace(/\S+$/u, '').replace(/[\d\s().+/-]+$/u, '')
}

function withoutCredential(line: string, credential: LentSecret): string {
  try {
    return credential.use((bytes) => withoutSecret(line, bytes))
  } catch {
    return '[withheld: the key that could stand in these words is gone]'
  }
}
