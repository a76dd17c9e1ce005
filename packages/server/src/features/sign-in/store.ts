import type { EmailAddress, Uuid } from '@hyponema/contract'
import type { IdentityTx } from '../../platform/postgres/with-identity.ts'

/** The person of this address, or undefined. */
export async function findIdentity(tx: IdentityTx, email: EmailAddress): Promise<Uuid | undefined> {
  const row = await tx.db.selectFrom('identity.identities').select('id').where('email', '=', email).executeTakeFirst()
  return row?.id
}

/** False when the address has an identity already, from another transaction too. */
export async function insertIdentity(
  tx: IdentityTx,
  identity: { readonly id: Uuid; readonly email: EmailAddress },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx.db
    .insertInto('identity.identities')
    .values(identity)
    .onConflict((conflict) => conflict.column('email').doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}
