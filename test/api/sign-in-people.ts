import { parseEmail, type Role, type Uuid } from '@hyponema/contract'
import type { OpenedSession, SignInPorts } from '../../packages/server/src/features/sign-in/public.ts'
import { findOrCreateIdentity } from '../../packages/server/src/features/sign-in/public.ts'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import type { Mail } from '../../packages/server/src/platform/email/mail.ts'
import type { Database } from '../../packages/server/src/platform/postgres/database.ts'
import { type Api, type ApiOptions, type ApiWorkspace, newId, openApi, publicOrigin } from './api-harness.ts'
import { type Answer, requestOf } from './call-api.ts'

/** A browser as the routes of sign-in see one: it keeps its cookies, and says where it comes from. */
export type Browser = {
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<BrowserAnswer>
  readonly cookies: Map<string, string>
}

export type BrowserAnswer = Pick<Answer, 'status' | 'body' | 'text'> & {
  readonly setCookies: readonly string[]
  readonly headers: Headers
  readonly code: string | undefined
}

/** An invitation of these tests: text, and what it is about. */
export type MadeInvitation = { readonly text: string; readonly workspaceId: Uuid; email: string; open: boolean }

export type SignInApi = {
  readonly api: Api
  readonly mails: Mail[]
  readonly openBrowser: () => Browser
  readonly invitations: MadeInvitation[]
  readonly sessions: { readonly workspaceId: Uuid; readonly identityId: Uuid }[]
  /** A person with a membership in each of the workspaces. */
  readonly makePerson: (email: string, workspaces: readonly ApiWorkspace[]) => Promise<Uuid>
  /** Resolves when every mail has gone and every refusal is written. */
  readonly settle: () => Promise<void>
  /** The secret in the last link that went to this address. */
  readonly lastToken: (email: string) => Promise<string>
}

export function address(text: string) {
  const email = parseEmail(text)
  if (email === undefined) throw new Error(`${text} is no address`)
  return email
}

/** The whole server with sign-in; memberships are rows, what a membership opens is made up here. */
export async function openSignInApi(
  options: { mail?: 'failing' | 'none' } & Pick<ApiOptions, 'publicOrigin' | 'pages' | 'lockTimeoutMs'> = {},
): Promise<SignInApi> {
  const { mail, ...others } = options
  const mails: Mail[] = []
  const invitations: MadeInvitation[] = []
  const sessions: { workspaceId: Uuid; identityId: Uuid }[] = []
  const opened: { api: Api | undefined } = { api: undefined }
  const sendMail = async (sent: Mail): Promise<void> => {
    if (mail === 'failing') throw new Error('the mail server is down')
    mails.push(sent)
  }
  const api = await openApi({
    ...others,
    signInPorts: ports({ invitations, sessions, database: () => opened.api?.installation.database ?? fail() }),
    sendMail: mail === 'none' ? mail : sendMail,
  })
  opened.api = api
  return {
    api,
    mails,
    invitations,
    sessions,
    openBrowser: () => openBrowser(api),
    makePerson: (email, workspaces) => makePerson(api, email, workspaces),
    settle: () => api.closeSignIn(),
    lastToken: async (email) => {
      await api.closeSignIn()
      const mail = mails.findLast(({ to }) => to === email)
      return /\/auth\/link#([A-Za-z0-9_-]{43})/.exec(mail?.text ?? '')?.[1] ?? fail()
    },
  }
}

function fail(): never {
  throw new Error('not there')
}

function openBrowser({ app }: Api): Browser {
  const cookies = new Map<string, string>()
  return {
    cookies,
    post: async (path, body, headers = {}) => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const sent = { origin: publicOrigin, ...(cookie === '' ? {} : { cookie }), ...headers }
      const response = await app.request(path, requestOf('POST', { body, headers: sent }), {})
      const setCookies = response.headers.getSetCookie()
      for (const line of setCookies) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (line.includes('Max-Age=0')) cookies.delete(name)
        else cookies.set(name, value)
      }
      const text = await response.text()
      const parsed: unknown = JSON.parse(text)
      const isProblem = response.headers.get('content-type') === 'application/problem+json'
      const code =
        isProblem && typeof parsed === 'object' && parsed !== null && 'code' in parsed ? String(parsed.code) : undefined
      return { status: response.status, body: parsed, text, setCookies, headers: response.headers, code }
    },
  }
}

async function makePerson(api: Api, email: string, workspaces: readonly ApiWorkspace[]): Promise<Uuid> {
  const { database } = api.installation
  const identityId = await database.withIdentity((tx) => findOrCreateIdentity(tx, { email: address(email), newId }))
  for (const { scope } of workspaces)
    await addMembership(database, { workspaceId: scope.workspaceId, identityId, email })
  return identityId
}

async function addMembership(
  database: Database,
  { workspaceId, identityId, email }: { workspaceId: Uuid; identityId: Uuid; email: string },
): Promise<void> {
  await database.withWorkspace(provenScope(workspaceId), async (tx) => {
    await tx.db
      .insertInto('tenant.memberships')
      .values({
        workspace_id: workspaceId,
        id: newId(),
        identity_id: identityId,
        email,
        role: 'builder',
        added_by: 'test',
      })
      .execute()
  })
}

function ports(parts: {
  invitations: MadeInvitation[]
  sessions: { workspaceId: Uuid; identityId: Uuid }[]
  database: () => Database
}): SignInPorts {
  const role: Role = 'builder'
  const invitationId = newId()
  const open = (secret: string) => parts.invitations.find((one) => one.text === secret && one.open)
  const isMember = (membership: { workspaceId: Uuid; identityId: Uuid }): Promise<boolean> =>
    parts.database().withWorkspace(provenScope(membership.workspaceId), async (tx) => {
      const rows = await tx.db
        .selectFrom('tenant.memberships')
        .select('id')
        .where('identity_id', '=', membership.identityId)
        .execute()
      return rows.length > 0
    })
  return {
    parseInvitation: (text) => {
      const known = parts.invitations.find((one) => one.text === text)
      return known === undefined ? undefined : { workspaceId: known.workspaceId, invitationId, secret: text }
    },
    findInvitation: async ({ secret }) => {
      const known = open(secret)
      return known === undefined ? undefined : { email: known.email, workspaceName: 'Invited here', role }
    },
    acceptInvitation: async ({ workspaceId, identityId, email }) => {
      const known = parts.invitations.find((one) => one.workspaceId === workspaceId && one.email === email && one.open)
      if (known === undefined) return false
      known.open = false
      await addMembership(parts.database(), { workspaceId, identityId, email })
      return true
    },
    openSession: async ({ workspaceId, identityId }): Promise<OpenedSession | undefined> => {
      if (!(await isMember({ workspaceId, identityId }))) return undefined
      parts.sessions.push({ workspaceId, identityId })
      return {
        accessToken: 'an-access-token',
        expiresAt: new Date('2030-01-01T00:00:00Z'),
        workspace: { id: workspaceId, name: 'A workspace' },
        role,
        cookie: { name: '__Secure-refresh-test', value: 'a-refresh-token', maxAgeSeconds: 3600 },
      }
    },
    describeWorkspaces: async ({ workspaceIds }) => workspaceIds.map((id) => ({ id, name: `name of ${id}`, role })),
  }
}
