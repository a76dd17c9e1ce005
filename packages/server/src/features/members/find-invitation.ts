import type { Role } from '@hyponema/contract'
import { type InvitationClaim, readInvitation } from '../../guards/enter-by-invitation.ts'
import type { SessionDependencies } from './open-session.ts'

/** What the open invitation of a link is about; undefined for any other link, whatever is wrong with it. */
export async function findInvitation(
  deps: Pick<SessionDependencies, 'database' | 'clock'>,
  claim: InvitationClaim,
): Promise<{ email: string; workspaceName: string; role: Role } | undefined> {
  const stored = await readInvitation(deps, claim)
  if (stored === undefined) return undefined
  const { email, workspaceName, role } = stored
  return { email, workspaceName, role }
}
