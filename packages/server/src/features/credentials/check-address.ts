/**
 * Threat: who may write agents sends a key to a server of their own and reads it there.
 * Rule: a credential with a base_url may be sent to the origin of that URL and to nowhere else, compared as origins: scheme,
 * host and port. Without one, a key of a provider whose address we know may be sent there, and to what the installation has
 * opened itself, which no member of a workspace can do. A key of an internal API without one goes to the latter only. A key of
 * any other provider goes where its agent says.
 * On failure: credential.address_mismatch, before anything is opened or sent. What cannot be read is another address.
 */
import { AppError, type FieldError } from '../../kernel/app-error.ts'
import { findProviderAddress } from './find-provider-call.ts'
import type { CredentialRow } from './store.ts'

/** Whether an entry of the installation opens this URL. */
export type IsOpened = (url: string) => boolean

export function checkAddress(
  credential: Pick<CredentialRow, 'baseUrl' | 'kind' | 'provider'>,
  target: { readonly url: string | undefined; readonly pointer?: string; readonly isOpened: IsOpened },
): void {
  const { baseUrl } = credential
  const { url = '', pointer, isOpened } = target
  const bound = baseUrl ?? findProviderAddress(credential)
  const fits = bound === undefined ? credential.kind !== 'internal_api' : isSameOrigin(bound, url)
  if (fits || (baseUrl === null && isOpened(url))) return
  const detail =
    baseUrl === null
      ? `a key of ${credential.provider} may be sent to ${bound ?? 'nobody yet'}; seal it with the base_url that it is for`
      : 'the credential may be sent to its own base_url only; name that here, or another credential'
  const errors: readonly FieldError[] = pointer === undefined ? [] : [{ pointer, detail }]
  throw new AppError('credential.address_mismatch', 'the credential is bound to another origin', { errors })
}

function isSameOrigin(bound: string, url: string): boolean {
  return URL.canParse(bound) && URL.canParse(url) && new URL(bound).origin === new URL(url).origin
}
