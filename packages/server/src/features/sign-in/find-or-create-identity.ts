import type { EmailAddress, Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { IdentityTx } from '../../platform/postgres/with-identity.ts'
import { findIdentity, insertIdentity } from './store.ts'

/**
 * The person of this address: the one that is there, or a new one. For whoever has proved the address or owns the
 * installation; two at once get the same person. `email` is what `parseEmail` gave.
 */
export async function findOrCreateIdentity(
  tx: IdentityTx,
  options: { readonly email: EmailAddress; readonly newId: NewId },
): Promise<Uuid> {
  const known = await findIdentity(tx, options.email)
  if (known !== undefined) return known
  const id = options.newId()
  if (await insertIdentity(tx, { id, email: options.email })) return id
  const made = await findIdentity(tx, options.email)
  if (made === undefined) throw new AppError('server.internal', 'an identity was neither there nor made')
  return made
}
