import type { ProviderErrorKind } from './provider-error.ts'

/** What an HTTP status of a provider means for us. `words` are the provider's own; some say only there that the account is empty. */
export function kindOfStatus(status: number, words: string): ProviderErrorKind {
  if (namesQuota(words) && status >= 400 && status < 500) return 'quota'
  if (status === 401 || status === 403) return 'auth'
  if (status === 402) return 'quota'
  if (status === 429) return 'rate'
  if (status === 408 || status === 504) return 'timeout'
  return status >= 400 && status < 500 ? 'bad_request' : 'unavailable'
}

/** ElevenLabs answers 401 for an empty account and OpenAI 429; both say so in the code. */
export function namesQuota(words: string): boolean {
  return /quota_exceeded|insufficient_quota|exceed(?:s|ed) your (?:current )?quota|credit balance|out of credits|billing/i.test(
    words,
  )
}
