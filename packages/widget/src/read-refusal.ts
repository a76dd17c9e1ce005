/** A request that the server refused, as far as a page can use it. */
export type Refusal = {
  /** A code of the public catalogue, or `unreadable` when the answer was no problem document (a proxy's page, say). */
  readonly code: string
  readonly title: string
  readonly status: number
  readonly retryable: boolean
  readonly requestId: string | undefined
  /** From `Retry-After`, in seconds; undefined when the server named no time. */
  readonly retryAfterSeconds: number | undefined
}

/** Reads the problem document (RFC 9457) of a refused request. Never throws: what cannot be read is a refusal too. */
export async function readRefusal(response: Response): Promise<Refusal> {
  const values = await readFields(response)
  const code = values.get('code')
  const title = values.get('title')
  const retryable = values.get('retryable')
  const requestId = values.get('request_id')
  return {
    code: typeof code === 'string' ? code : 'unreadable',
    title: typeof title === 'string' ? title : `The server answered with status ${response.status}`,
    status: response.status,
    retryable: typeof retryable === 'boolean' ? retryable : response.status === 429 || response.status >= 500,
    requestId: typeof requestId === 'string' ? requestId : undefined,
    retryAfterSeconds: readSeconds(response.headers.get('Retry-After')),
  }
}

async function readFields(response: Response): Promise<ReadonlyMap<string, unknown>> {
  try {
    const body: unknown = await response.json()
    return typeof body === 'object' && body !== null ? new Map(Object.entries(body)) : new Map()
  } catch {
    return new Map()
  }
}

/** Our server sends whole seconds; the other form of RFC 9110 (a date) is treated as if no time was named. */
function readSeconds(value: string | null): number | undefined {
  return value !== null && /^\d{1,6}$/.test(value) ? Number(value) : undefined
}
