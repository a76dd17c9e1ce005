import type { Uuid } from '@hyponema/contract'
import { hashSignInSecret, newSignInSecret } from '../../guards/sign-in-secrets.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { RequestContext } from '../../kernel/request-context.ts'
import type { RandomBytes } from '../../platform/crypto/random-bytes.ts'
import type { Database } from '../../platform/postgres/database.ts'
import type { ProvedPerson } from './find-proved-person.ts'
import type { OpenedSession, SignInPorts } from './public.ts'
import { findIdentity, keepChoice, listWorkspaceIds, spendChoice } from './store.ts'

/** A list of workspaces is read and one is pressed. */
const choiceLifeMs = 5 * 60_000

type Options = {
  readonly database: Pick<Database, 'withIdentity'>
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly ports: SignInPorts
  readonly request: RequestContext
}

export type Entered =
  | { readonly session: OpenedSession }
  | { readonly choice: string; readonly workspaces: Awaited<ReturnType<SignInPorts['describeWorkspaces']>> }

/**
 * Lets a proved person in: by the invitation that brought them, into their only workspace, or to the choice between several,
 * with a secret that proves it (the cookie is older than the proof). sign_in.no_workspace where there is none.
 */
export async function openWorkspace(options: Options & { readonly person: ProvedPerson }): Promise<Entered> {
  const { database, ports, request, person } = options
  const { identityId } = person
  if (identityId === undefined) throw noWorkspace()
  const invited = await openInvited(options, identityId)
  if (invited !== undefined) return { session: invited }
  const workspaceIds = await database.withIdentity((tx) => listWorkspaceIds(tx, identityId))
  const [first, ...more] = workspaceIds
  if (first === undefined) throw noWorkspace()
  if (more.length === 0) return { session: await opened(ports, { workspaceId: first, identityId, request }) }
  const workspaces = await ports.describeWorkspaces({ identityId, workspaceIds })
  if (workspaces.length === 0) throw noWorkspace()
  const choice = newSignInSecret(options.randomBytes)
  const choiceSha256 = hashSignInSecret('choice', choice)
  await database.withIdentity((tx) => keepChoice(tx, { id: person.requestId, choiceSha256 }))
  return { choice, workspaces }
}

/** The choice is spent whatever comes of it; a workspace that is not the person's is refused where it is entered. */
export async function openChosenWorkspace(
  options: Options & { readonly choice: string; readonly browser: string | undefined; readonly workspaceId: Uuid },
): Promise<OpenedSession | undefined> {
  const { database, clock, ports, request, choice, browser, workspaceId } = options
  if (browser === undefined) return undefined
  const identityId = await database.withIdentity(async (tx) => {
    const email = await spendChoice(tx, {
      choiceSha256: hashSignInSecret('choice', choice),
      browserSha256: hashSignInSecret('browser', browser),
      usedAfter: new Date(clock.nowMs() - choiceLifeMs),
    })
    return email === undefined ? undefined : findIdentity(tx, email)
  })
  if (identityId === undefined) return undefined
  return opened(ports, { workspaceId, identityId, request })
}

async function openInvited(
  { ports, request, person }: Options & { readonly person: ProvedPerson },
  identityId: Uuid,
): Promise<OpenedSession | undefined> {
  if (person.invitation === undefined) return undefined
  const { workspaceId } = person.invitation
  await ports.acceptInvitation({ ...person.invitation, identityId, email: person.email, request })
  // Also where it was accepted before: then the membership is there, or it is not.
  return ports.openSession({ workspaceId, identityId, request })
}

async function opened(
  ports: SignInPorts,
  membership: Parameters<SignInPorts['openSession']>[0],
): Promise<OpenedSession> {
  const session = await ports.openSession(membership)
  if (session === undefined) throw noWorkspace()
  return session
}

function noWorkspace(): AppError {
  return new AppError('sign_in.no_workspace', 'a proved address has no membership')
}
