import type { TalkSession } from '@hyponema/contract'
import { type Refusal, readRefusal } from '../read-refusal.ts'

export type OpenedSession =
  | { readonly kind: 'opened'; readonly session: TalkSession; readonly lifetimeMs: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal | undefined }

type Request = typeof globalThis.fetch

/** Asks our own server for a session with the agent. Never rejects: an unreachable server is a refusal without words. */
export async function openTalkSession(options: {
  agentId: string
  fetch: Request
  nowMs: () => number
}): Promise<OpenedSession> {
  const response = await options
    .fetch(`/talk/${encodeURIComponent(options.agentId)}/sessions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: '{}',
      cache: 'no-store',
      redirect: 'error',
    })
    .catch(() => undefined)
  if (response === undefined) return { kind: 'refused', refusal: undefined }
  if (!response.ok) return { kind: 'refused', refusal: await readRefusal(response) }
  const session = await readSession(response)
  if (session === undefined) return { kind: 'refused', refusal: await readRefusal(response) }
  return { kind: 'opened', session, lifetimeMs: lifetimeMs(session, response, options.nowMs()) }
}

/** Ends the session. Undefined when it is ended (or was already); else why not. */
export async function endTalkSession(options: {
  agentId: string
  session: TalkSession
  fetch: Request
}): Promise<{ readonly refusal: Refusal | undefined } | undefined> {
  const { id, token } = options.session.session
  const response = await options
    .fetch(`/talk/${encodeURIComponent(options.agentId)}/sessions/${encodeURIComponent(id)}/end`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', Accept: 'application/json' },
      body: '{}',
      cache: 'no-store',
      redirect: 'error',
    })
    .catch(() => undefined)
  if (response === undefined) return { refusal: undefined }
  // A token that is refused here is spent, and a session that is not live needs no end.
  if (response.ok || [401, 404, 409, 410].includes(response.status)) return undefined
  return { refusal: await readRefusal(response) }
}

async function readSession(response: Response): Promise<TalkSession | undefined> {
  const body: unknown = await response.json().catch(() => undefined)
  return isTalkSession(body) ? body : undefined
}

/** Our own server's answer, checked as far as the page would break without it; the contract's schema is the whole truth. */
function isTalkSession(body: unknown): body is TalkSession {
  const session = field(body, 'session')
  return (
    ['id', 'token', 'expires_at'].every((name) => typeof field(session, name) === 'string') &&
    hasOneDoor(session, field(body, 'voice')) &&
    typeof field(field(body, 'agent'), 'name') === 'string' &&
    typeof field(field(body, 'agent'), 'title') === 'string' &&
    typeof field(field(body, 'policy'), 'sha256') === 'string' &&
    field(body, 'retention') !== undefined
  )
}

/** A text session is reached by messages_url, one that speaks by ws_url. */
function hasOneDoor(session: unknown, voice: unknown): boolean {
  const [messagesUrl, wsUrl] = [field(session, 'messages_url'), field(session, 'ws_url')]
  if (voice === null) return typeof messagesUrl === 'string' && wsUrl === null
  return typeof wsUrl === 'string' && messagesUrl === null && typeof field(voice, 'listens') === 'boolean'
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? new Map<string, unknown>(Object.entries(value)).get(name)
    : undefined
}

/** Counted from the server's own Date, so that a wrong clock on this machine does not end the session early. */
function lifetimeMs(session: TalkSession, response: Response, nowMs: number): number {
  const serverNowMs = Date.parse(response.headers.get('Date') ?? '')
  return Math.max(0, Date.parse(session.session.expires_at) - (Number.isNaN(serverNowMs) ? nowMs : serverNowMs))
}
