import { parseInvitationText } from '../../guards/enter-by-invitation.ts'
import type { SignInPorts } from '../sign-in/public.ts'
import { findInvitation } from './find-invitation.ts'
import { joinByInvitation } from './join-by-invitation.ts'
import { listWorkspaces } from './list-workspaces.ts'
import { type OpenedSession, openSession, type SessionDependencies } from './open-session.ts'

type MemberPorts = Omit<SignInPorts, 'openSession'> & {
  readonly openSession: (...options: Parameters<SignInPorts['openSession']>) => Promise<OpenedSession | undefined>
}

/** What sign-in asks of members, once it knows who a person is. */
export function createSignInPorts(deps: SessionDependencies): MemberPorts {
  return {
    parseInvitation: parseInvitationText,
    findInvitation: (claim) => findInvitation(deps, claim),
    acceptInvitation: (options) => joinByInvitation(deps, options),
    openSession: (options) => openSession(deps, options),
    describeWorkspaces: (options) => listWorkspaces(deps, options),
  }
}
