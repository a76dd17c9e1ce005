import type { EmailAddress, Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import type { IdentityTx } from '../../platform/postgres/with-identity.ts'

/** A request for a link, as far as what proves an address needs it. */
export type SignInRequest = {
  readonly id: Uuid
  readonly email: EmailAddress
  readonly browserSha256: Buffer
  readonly codeSha256: Buffer | null
  readonly invitedTo: Uuid | null
  readonly invitationId: Uuid | null
}

/** Wrong codes that a request outlives, one fewer than this. */
export const maxGuesses = 5
/** More workspaces of one person than a page can show. */
const maxWorkspaces = 100

const requestColumns = [
  'id',
  'email',
  'browser_sha256 as browserSha256',
  'code_sha256 as codeSha256',
  'invited_to as invitedTo',
  'invitation_id as invitationId',
] as const

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

/** Every workspace of a person, however many; for acts on all of them, not for a page. */
export async function listAllWorkspaceIds(tx: IdentityTx, identityId: Uuid): Promise<readonly Uuid[]> {
  const rows = await workspacesOf(tx, identityId).execute()
  return rows.map((row) => row.workspace_id)
}

export async function listWorkspaceIds(tx: IdentityTx, identityId: Uuid): Promise<readonly Uuid[]> {
  const rows = await workspacesOf(tx, identityId).limit(maxWorkspaces).execute()
  return rows.map((row) => row.workspace_id)
}

function workspacesOf(tx: IdentityTx, identityId: Uuid) {
  return tx.db
    .selectFrom('identity.membership_index')
    .select('workspace_id')
    .where('identity_id', '=', identityId)
    .orderBy('workspace_id')
}

/**
 * Until the end of the transaction nobody else adds a request: counting and adding are one act, in every process. A lock
 * on the table, because an address that was never seen has no row that could be locked.
 */
export async function lockRequests(tx: IdentityTx): Promise<void> {
  await sql`lock table identity.sign_in_requests in share row exclusive mode`.execute(tx.db)
}

/** When the newest requests of an address were made, from anywhere or from one network, newest first. */
export async function listRequestTimes(
  tx: IdentityTx,
  asked: {
    readonly email: EmailAddress
    readonly networkSha256: Buffer | undefined
    readonly since: Date
    readonly limit: number
  },
): Promise<readonly Date[]> {
  const rows = await tx.db
    .selectFrom('identity.sign_in_requests')
    .select('created_at')
    .where('email', '=', asked.email)
    .where((match) =>
      asked.networkSha256 === undefined ? match.lit(true) : match('network_sha256', '=', asked.networkSha256),
    )
    .where('created_at', '>', asked.since)
    .orderBy('created_at', 'desc')
    .limit(asked.limit)
    .execute()
  return rows.map((row) => row.created_at)
}

export async function insertRequest(
  tx: IdentityTx,
  request: Omit<SignInRequest, 'codeSha256'> & {
    readonly tokenSha256: Buffer
    readonly networkSha256: Buffer
    readonly createdAt: Date
    readonly expiresAt: Date
  },
): Promise<void> {
  await tx.db
    .insertInto('identity.sign_in_requests')
    .values({
      id: request.id,
      email: request.email,
      token_sha256: request.tokenSha256,
      browser_sha256: request.browserSha256,
      network_sha256: request.networkSha256,
      invited_to: request.invitedTo,
      invitation_id: request.invitationId,
      created_at: request.createdAt,
      expires_at: request.expiresAt,
    })
    .execute()
}

/** The request of a link that can still be used. */
export async function findRequestOfLink(
  tx: IdentityTx,
  link: { readonly tokenSha256: Buffer; readonly now: Date },
): Promise<SignInRequest | undefined> {
  return tx.db
    .selectFrom('identity.sign_in_requests')
    .select(requestColumns)
    .where('token_sha256', '=', link.tokenSha256)
    .where('used_at', 'is', null)
    .where('expires_at', '>', link.now)
    .where('code_guesses', '<', maxGuesses)
    .executeTakeFirst()
}

/** False when another one was first: of two at once, one gets true. */
export async function useRequest(tx: IdentityTx, request: { readonly id: Uuid; readonly now: Date }): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable('identity.sign_in_requests')
    .set({ used_at: request.now })
    .where('id', '=', request.id)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** From now on the code can be guessed; before, nobody has seen it. False when the link was used meanwhile. */
export async function openCode(
  tx: IdentityTx,
  code: { readonly id: Uuid; readonly codeSha256: Buffer },
): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable('identity.sign_in_requests')
    .set({ code_sha256: code.codeSha256 })
    .where('id', '=', code.id)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Counts a guess before it is compared, so that guesses at once are counted one by one. */
export async function countGuess(
  tx: IdentityTx,
  guess: { readonly browserSha256: Buffer; readonly now: Date },
): Promise<SignInRequest | undefined> {
  return tx.db
    .updateTable('identity.sign_in_requests')
    .set((column) => ({ code_guesses: column('code_guesses', '+', 1) }))
    .where('browser_sha256', '=', guess.browserSha256)
    .where('used_at', 'is', null)
    .where('expires_at', '>', guess.now)
    .where('code_guesses', '<', maxGuesses)
    .returning(requestColumns)
    .executeTakeFirst()
}

/** Guesses at codes of this address that could have been right, in all its requests. */
export async function countGuesses(
  tx: IdentityTx,
  asked: { readonly email: EmailAddress; readonly since: Date },
): Promise<number> {
  const row = await tx.db
    .selectFrom('identity.sign_in_requests')
    .select((column) => column.fn.sum<string | null>('code_guesses').as('guesses'))
    .where('email', '=', asked.email)
    .where('created_at', '>', asked.since)
    .where('code_sha256', 'is not', null)
    .executeTakeFirst()
  return Number(row?.guesses ?? 0)
}

export async function keepChoice(
  tx: IdentityTx,
  choice: { readonly id: Uuid; readonly choiceSha256: Buffer },
): Promise<void> {
  await tx.db
    .updateTable('identity.sign_in_requests')
    .set({ choice_sha256: choice.choiceSha256 })
    .where('id', '=', choice.id)
    .execute()
}

/** The address whose choice this is, once: what comes second gets undefined. */
export async function spendChoice(
  tx: IdentityTx,
  choice: { readonly choiceSha256: Buffer; readonly browserSha256: Buffer; readonly usedAfter: Date },
): Promise<EmailAddress | undefined> {
  const row = await tx.db
    .updateTable('identity.sign_in_requests')
    .set({ choice_sha256: null })
    .where('browser_sha256', '=', choice.browserSha256)
    .where('choice_sha256', '=', choice.choiceSha256)
    .where('used_at', '>', choice.usedAfter)
    .returning('email')
    .executeTakeFirst()
  return row?.email
}

export async function deleteOldRequests(tx: IdentityTx, expiredBefore: Date): Promise<void> {
  await tx.db.deleteFrom('identity.sign_in_requests').where('expires_at', '<', expiredBefore).execute()
}
