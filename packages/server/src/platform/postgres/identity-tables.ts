/** The rows of the schema `identity`, as SQL gives them; beside tables.ts, because no tenant's handle may name them. */
import type { EmailAddress, Uuid } from '@hyponema/contract'
import type { Generated } from 'kysely'

type Identities = {
  id: Uuid
  email: EmailAddress
  created_at: Generated<Date>
}

type SignInRequests = {
  id: Uuid
  email: EmailAddress
  token_sha256: Buffer
  browser_sha256: Buffer
  code_sha256: Buffer | null
  code_guesses: Generated<number>
  invited_to: Uuid | null
  invitation_id: Uuid | null
  created_at: Generated<Date>
  expires_at: Date
  used_at: Date | null
  /** What the answer of a confirmed sign-in that still has to choose its workspace holds, hashed. */
  choice_sha256: Buffer | null
  network_sha256: Buffer | null
}

type MembershipIndex = {
  identity_id: Uuid
  workspace_id: Uuid
}

export type IdentityTables = {
  'identity.identities': Identities
  'identity.sign_in_requests': SignInRequests
  'identity.membership_index': MembershipIndex
}
