import type { ToolReason } from './define-tool.ts'

/**
 * What a person may hear when a tool failed. The model reads it and may say it as it is: it names no address, no status and
 * nothing that the other side wrote.
 */
export const toolSentences = {
  timeout: 'The other system did not answer in time.',
  http_status: 'The other system could not do that.',
  redirect: 'The other system could not be reached at its address.',
  too_large: 'The other system answered with more text than can be read.',
  bad_json: 'The other system answered with something that cannot be read.',
  refused_address: 'The other system may not be called from here.',
  network: 'The connection to the other system failed.',
  bad_arguments: 'Something that is needed for that is missing.',
  changed: 'The other system has changed and has to be reviewed before it is used again.',
  budget: 'The other system is getting too many requests at the moment; it may work again in a little while.',
  credential: 'The other system did not let us in.',
} as const satisfies Readonly<Record<ToolReason, string>>

/** Of what changes something and broke off: nobody may claim that it was not done. */
export const unknownWork = 'Whether it did its work is not known.'

/** For the statuses that say more than that it did not work. */
export function sentenceOfStatus(status: number): string {
  if (status === 401 || status === 403) return toolSentences.credential
  if (status === 404 || status === 410) return 'The other system found nothing under that.'
  if (status === 409) return 'The other system refused that, because it conflicts with what is already there.'
  if (status === 400 || status === 422) return 'The other system did not take these details.'
  if (status === 429) return toolSentences.budget
  if (status >= 500) return 'The other system has a problem at the moment; it may work again in a little while.'
  return toolSentences.http_status
}
