import { type Refusal, readRefusal } from './read-refusal.ts'

/** What a request came to: its body, undefined where there was none, or why not. A server that did not answer has no status. */
export type Asked = { readonly body: unknown } | { readonly refusal: Refusal }

/** A person waits; a server that has not answered by then will not. */
const patienceMs = 15_000

/** Asks our own server for JSON. Never throws: what was not answered is a refusal too, `unreachable`. */
export async function askServer(path: string, request: RequestInit, waitMs = patienceMs): Promise<Asked> {
  try {
    const signal = AbortSignal.timeout(waitMs)
    const response = await fetch(path, { ...request, cache: 'no-store', redirect: 'error', signal })
    if (!response.ok) return { refusal: await readRefusal(response) }
    const text = await response.text()
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    return { body }
  } catch {
    return { refusal: unreachable }
  }
}

export const unreachable: Refusal = {
  code: 'unreachable',
  title: 'The server did not answer; try again in a moment',
  status: 0,
  retryable: true,
  requestId: undefined,
  retryAfterSeconds: undefined,
}
