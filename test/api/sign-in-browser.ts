/** A browser that is signed in: it keeps the refresh cookies and sends them where a browser would. */
import type { Uuid } from '@hyponema/contract'
import { refreshedSessionSchema } from '@hyponema/contract'
import { createSignInPorts, type OpenedSession } from '../../packages/server/src/features/members/public.ts'
import type { RequestContext } from '../../packages/server/src/kernel/request-context.ts'
import { systemRandomBytes } from '../../packages/server/src/platform/crypto/random-bytes.ts'
import { type Api, newId, publicOrigin, type TestMember } from './api-harness.ts'
import { type Answer, createCaller } from './call-api.ts'

export const fromOwnPage = { origin: publicOrigin, 'x-hyponema-refresh': '1' } as const

export const signInRequest: RequestContext = {
  requestId: 'req_test',
  address: '192.0.2.7',
  userAgent: 'Test browser',
  origin: publicOrigin,
}

/** What sign-in would use, over the database of the server under test. */
export function signInPorts(api: Api): ReturnType<typeof createSignInPorts> {
  const { database, signingKeys } = api.installation
  return createSignInPorts({
    database,
    signingKeys,
    publicOrigin,
    clock: api.clock,
    newId,
    randomBytes: systemRandomBytes,
  })
}

export async function signIn(
  api: Api,
  person: { workspaceId: Uuid; member: Pick<TestMember, 'identityId'> },
): Promise<OpenedSession> {
  const { workspaceId, member } = person
  const opened = await signInPorts(api).openSession({
    workspaceId,
    identityId: member.identityId,
    request: signInRequest,
  })
  if (opened === undefined) throw new Error('expected a sign-in')
  return opened
}

export type Refreshed = { readonly answer: Answer; readonly cookie: string | undefined; readonly accessToken: string }

/** Sends a `Cookie` header to `POST /auth/refresh` as a page of ours does, and reads what came back. */
export async function refresh(
  api: Api,
  cookie: string,
  change: { body?: unknown; headers?: Readonly<Record<string, string>>; path?: string } = {},
): Promise<Refreshed> {
  const answer = await createCaller(api.app)('POST', change.path ?? '/auth/refresh', {
    body: change.body ?? {},
    headers: { ...fromOwnPage, cookie, ...change.headers },
  })
  const parsed = refreshedSessionSchema.safeParse(answer.body)
  return {
    answer,
    cookie: answer.headers
      .getSetCookie()
      .find((one) => !/Max-Age=0\b/.test(one))
      ?.split(';')[0],
    accessToken: parsed.success ? parsed.data.access_token : '',
  }
}

export function cookieOf({ cookie }: Pick<OpenedSession, 'cookie'>): string {
  return `${cookie.name}=${cookie.value}`
}
