/** What clients of the server got to see, all of it: status, headers and body of every answer, and what came over sockets. */
export type Recorded = { readonly what: string; readonly text: string }

export type Answer = {
  readonly status: number
  readonly text: string
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

export type Request = {
  readonly method?: string
  readonly credential?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export class Recorder {
  readonly answers: Recorded[] = []
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  add(what: string, text: string): void {
    this.answers.push({ what, text })
  }

  /** Sends a request and keeps all that comes back. Its body is JSON, or text that is sent as it is. */
  async send(path: string, { method = 'GET', credential, headers = {}, body }: Request = {}): Promise<Answer> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await bodyOf(response)
    const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`)
    this.add(`${method} ${path}`, [response.status, ...lines, text].join('\n'))
    return { status: response.status, text, headers: response.headers, body: readObject(text) }
  }

  /** A client of the workspace API that is recorded. */
  client(credential: string) {
    return (method: string, path: string, body?: unknown): Promise<Answer> =>
      this.send(path, { method, credential, body })
  }
}

async function bodyOf(response: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  try {
    for await (const part of response.body ?? []) text += decoder.decode(part, { stream: true })
  } catch {
    // An answer that is cut is what had come by then.
  }
  return text
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  } catch {
    return {}
  }
}
