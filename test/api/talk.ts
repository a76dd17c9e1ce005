import { type SessionEvent, type SessionEventName, sessionEventSchemas } from '@hyponema/contract'
import { z } from 'zod'
import type { Api } from './api-harness.ts'
import { type Answer, requestOf } from './call-api.ts'
import type { MadeSession } from './made-things.ts'

type Session = Pick<MadeSession, 'id' | 'token'>

export type Heard = {
  readonly events: readonly SessionEvent[]
  readonly names: readonly string[]
  /** All tokens joined. */
  readonly text: string
  readonly last: SessionEvent | undefined
  readonly raw: string
}

/** Sends a message (or `start`) and reads the whole answer. Throws when it was refused. */
export async function say(api: Api, session: Session, message: string | { start: true }): Promise<Heard> {
  const response = await send(api, session, message)
  if (response.status !== 200) throw new Error(`refused: ${await response.text()}`)
  const raw = await response.text()
  return heard(raw)
}

export function send(
  api: Api,
  session: Session,
  message: string | { start: true },
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const body = typeof message === 'string' ? { text: message } : message
  return Promise.resolve(
    api.app.request(
      `/v1/sessions/${session.id}/messages`,
      requestOf('POST', { body, credential: session.token, headers }),
      {},
    ),
  )
}

/** An answer that is read as far as the test wants. */
export type OpenAnswer = {
  /** Reads until an event of this name has come, and returns all that was read so far. */
  readonly until: (name: SessionEventName) => Promise<Heard>
  readonly rest: () => Promise<Heard>
  /** The client closes the connection. */
  readonly leave: () => Promise<void>
}

export async function open(api: Api, session: Session, message: string | { start: true }): Promise<OpenAnswer> {
  return opened(await send(api, session, message))
}

/** What the session says between messages. */
export async function openEvents(api: Api, session: Session): Promise<OpenAnswer> {
  const path = `/v1/sessions/${session.id}/events`
  return opened(await api.app.request(path, requestOf('GET', { credential: session.token }), {}))
}

async function opened(response: Response): Promise<OpenAnswer> {
  if (response.status !== 200 || response.body === null) throw new Error(`refused: ${await response.text()}`)
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let raw = ''
  const more = async (): Promise<boolean> => {
    const { done, value } = await reader.read()
    raw += decoder.decode(value, { stream: true })
    return !done
  }
  return {
    until: async (name) => {
      while (!raw.includes(`event: ${name}\n`)) if (!(await more())) throw new Error(`no ${name} came: ${raw}`)
      return heard(raw)
    },
    rest: async () => {
      while (await more());
      return heard(raw)
    },
    leave: () => reader.cancel(),
  }
}

function heard(raw: string): Heard {
  const whole = raw.split('\n\n').slice(0, -1)
  const events = whole.map((block): SessionEvent => {
    const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? []
    return eventSchema.parse({ event, data: JSON.parse(data ?? 'null') })
  })
  return {
    events,
    names: events.map(({ event }) => event),
    text: events.map((event) => (event.event === 'token' ? event.data.text : '')).join(''),
    last: events.at(-1),
    raw,
  }
}

const eventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('turn_start'), data: sessionEventSchemas.turn_start }),
  z.object({ event: z.literal('token'), data: sessionEventSchemas.token }),
  z.object({ event: z.literal('tool_call'), data: sessionEventSchemas.tool_call }),
  z.object({ event: z.literal('tool_result'), data: sessionEventSchemas.tool_result }),
  z.object({ event: z.literal('guard'), data: sessionEventSchemas.guard }),
  z.object({ event: z.literal('escalation'), data: sessionEventSchemas.escalation }),
  z.object({ event: z.literal('turn_end'), data: sessionEventSchemas.turn_end }),
  z.object({ event: z.literal('error'), data: sessionEventSchemas.error }),
])

/** The same as a refused call. */
export async function refused(response: Response): Promise<Pick<Answer, 'status'> & { readonly code: unknown }> {
  const body = z.object({ code: z.string() }).parse(await response.json())
  return { status: response.status, code: body.code }
}
