import type { Refusal } from '../read-refusal.ts'

/** What happened and what to do, for a refusal that leaves the person where it is. */
export function problemWords(refusal: Refusal): string {
  switch (refusal.code) {
    case 'request.invalid':
      return 'This does not look right; check it and try again.'
    case 'request.rate_limited':
      return `Too many attempts. Try again in ${minutes(refusal.retryAfterSeconds ?? 60)}.`
    case 'sign_in.code_wrong':
      return 'That is not the code. Look again; after five wrong ones you need a new link.'
    default:
      return `${refusal.title}.`
  }
}

function minutes(seconds: number): string {
  if (seconds <= 60) return 'a minute'
  return `${Math.ceil(seconds / 60)} minutes`
}
