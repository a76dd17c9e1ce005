import { withoutSecret } from '../../platform/crypto/without-secret.ts'
import type { LentSecret } from '../../platform/outbound/lend-secret.ts'

/** Enough to understand a refusal; a provider's page of HTML is not. */
const maxCharacters = 300

/**
 * Makes a provider's words fit for an operator's log: one short line, without any part of the key that we sent and without
 * anything that looks like a key. Providers do repeat keys ("Incorrect API key provided: ...").
 */
export function redactProviderWords(words: string, credential: LentSecret | undefined): string {
  const line = words
    .slice(0, 10_000)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  const withoutOurs = credential === undefined ? line : credential.use((bytes) => withoutSecret(line, bytes))
  return withoutOurs
    .replaceAll(/\bBearer\s+\S+/gi, 'Bearer [secret]')
    .replaceAll(/\b(?:sk|pk|rk|gsk|xai|hf|tok|token|key|api|secret|org|proj)[-_][\w*.-]{6,}/gi, '[secret]')
    .replaceAll(/[A-Za-z0-9+/_-]{32,}/g, '[secret]')
    .slice(0, maxCharacters)
}
