import { type Refusal, readRefusal } from '../read-refusal.ts'

/** What a request came to: its body, or why not. `unreachable` has no status. */
export type Asked = { readonly body: unknown } | { readonly refusal: Refusal }

/** A person waits; a server that has not answered by then will not. */
const patienceMs = 15_000

/** Posts JSON to a route of sign-in. Never throws. */
export async function askServer(path: string, body: Readonly<Record<string, string>>): Promise<Asked> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(patienceMs),
    })
    if (!response.ok) return { refusal: await readRefusal(response) }
    const answer: unknown = await response.json()
    return { body: answer }
  } catch {
    return { refusal: unreachable }
  }
}

const unreachable: Refusal = {
  code: 'unreachable',
  title: 'The server did not answer; try again in a moment',
  status: 0,
  retryable: true,
  requestId: undefined,
  retryAfterSeconds: undefined,
}
