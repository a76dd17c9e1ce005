import { type ErrorCode, problemSchema } from '@hyponema/contract'
import type { Server } from '../../packages/server/src/commands/compose-server.ts'

export type Call = {
  readonly body?: unknown
  /** Sent as it is, in place of `body`. */
  readonly rawBody?: string | Uint8Array<ArrayBuffer>
  readonly credential?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}

export type Answer = {
  readonly status: number
  readonly headers: Headers
  /** The parsed JSON, or the text where it is none. */
  readonly body: unknown
  readonly text: string
  /** The code of the problem document; throws when the answer is none. */
  readonly code: () => ErrorCode
  /** The JSON pointers of the problem document. */
  readonly pointers: () => readonly string[]
}

export type Caller = (method: string, path: string, call?: Call) => Promise<Answer>

/** Calls the app as a client on the network would, each call from an address of its own, so that no budget runs out. */
export function createCaller(app: Server['app']): Caller {
  return async (method, path, call = {}) => {
    const response = await app.request(path, requestOf(method, call), {})
    const text = await response.text()
    const body = parse(text)
    const problem = () => problemSchema.parse(body)
    return {
      status: response.status,
      headers: response.headers,
      body,
      text,
      code: () => problem().code,
      pointers: () => (problem().errors ?? []).map(({ pointer }) => pointer),
    }
  }
}

/** The request of a call. A real server sees the length of a body, so it is said here too. */
export function requestOf(method: string, call: Call): RequestInit {
  const text = call.rawBody ?? (call.body === undefined ? undefined : JSON.stringify(call.body))
  return {
    method,
    headers: {
      'x-forwarded-for': nextAddress(),
      ...(call.credential === undefined ? {} : { authorization: `Bearer ${call.credential}` }),
      ...(text === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
      ...call.headers,
    },
    ...(text === undefined ? {} : { body: text }),
  }
}

let addresses = 0

function nextAddress(): string {
  addresses += 1
  return `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
