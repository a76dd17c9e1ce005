/**
 * Threat: who may write agents sends a key to a server of their own and reads it there.
 * Rule: a credential with a base_url may be sent to the origin of that URL and to nowhere else, compared as origins: scheme,
 * host and port.
 * On failure: credential.address_mismatch, before anything is opened or sent. What cannot be read is another address.
 */
import { AppError, type FieldError } from '../../kernel/app-error.ts'
import type { CredentialRow } from './store.ts'

export function checkAddress(
  credential: Pick<CredentialRow, 'baseUrl'>,
  target: { readonly url: string | undefined; readonly pointer?: string },
): void {
  const { baseUrl } = credential
  if (baseUrl === null) return
  const { url = '', pointer } = target
  if (URL.canParse(baseUrl) && URL.canParse(url) && new URL(baseUrl).origin === new URL(url).origin) return
  const detail = 'the credential may be sent to its own base_url only; name that here, or another credential'
  const errors: readonly FieldError[] = pointer === undefined ? [] : [{ pointer, detail }]
  throw new AppError('credential.address_mismatch', 'the credential is bound to another origin', { errors })
}
