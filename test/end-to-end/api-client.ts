import type { SessionEvent } from '@hyponema/contract'

type Json = Record<string, unknown>

/** Calls the workspace API over the wire. */
export function apiClient(url: string, credential: string) {
  return async (method: string, path: string, body?: unknown): Promise<{ status: number; body: Json }> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${credential}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const parsed: Json = text === '' ? {} : JSON.parse(text)
    return { status: response.status, body: parsed }
  }
}

/** Everything that the socket carried for one turn, as it came. */
export type TurnBytes = { readonly status: number; readonly raw: string; readonly events: readonly SessionEvent[] }

/** Sends one message and reads the answer to its end. `onText` sees the bytes as they come. */
export async function say(
  session: { messagesUrl: string; token: string },
  body: { text: string } | { start: true },
  onText: (soFar: string) => void = () => undefined,
): Promise<TurnBytes> {
  const response = await fetch(session.messagesUrl, {
    method: 'POST',
    headers: { authorization: `Bearer ${session.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  let raw = ''
  const decoder = new TextDecoder()
  try {
    for await (const chunk of response.body ?? []) {
      raw += decoder.decode(chunk, { stream: true })
      onText(raw)
    }
  } catch {
    // The server was killed in mid-answer; what had come by then is what counts.
  }
  return { status: response.status, raw, events: readEvents(raw) }
}

function readEvents(raw: string): readonly SessionEvent[] {
  return raw
    .split('\n\n')
    .filter((block) => block.includes('\ndata: '))
    .map((block) => {
      const [, event = '', data = ''] = /^event: (.+)\ndata: (.+)$/s.exec(block) ?? []
      const read: SessionEvent = JSON.parse(`{"event":${JSON.stringify(event)},"data":${data}}`)
      return read
    })
}

/** The words that a turn sent. */
export function spoken(turn: TurnBytes): string {
  return turn.events.map((event) => (event.event === 'token' ? event.data.text : '')).join('')
}
