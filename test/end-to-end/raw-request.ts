import { connect, type Socket } from 'node:net'

export type RawAnswer = {
  readonly status: number
  /** Names in lower case; repeated ones joined by a comma. */
  readonly headers: ReadonlyMap<string, string>
  /** The body as it was meant, without the lengths of its chunks. */
  readonly body: string
  /** Everything that the socket carried. */
  readonly bytes: Buffer
  /** How many times the socket brought something. */
  readonly arrivals: number
}

export type RawExchange = {
  /** Resolves as soon as what the socket has carried is enough; rejects when it ends before. */
  readonly until: (isEnough: (soFar: string) => boolean) => Promise<void>
  readonly ended: Promise<RawAnswer>
  /** Breaks the connection, as a phone does that loses its network. */
  readonly hangUp: () => void
}

type RawRequest = {
  readonly url: string
  readonly method?: string
  /** The request target as it is sent; the URL's path when left out. */
  readonly target?: string
  /** One line each, as they are sent: repeated and odd ones too. `Host` is added unless one is given. */
  readonly headers?: readonly string[]
  readonly body?: unknown
  /** Connects and asks, but never reads a byte of the answer. */
  readonly neverRead?: boolean
}

/**
 * One HTTP/1.1 request over a plain TCP socket, and the bytes that came back. Between the wire and the test stands no client
 * that would add, merge, repair or refuse anything.
 */
export function openRaw(request: RawRequest): RawExchange {
  const url = new URL(request.url)
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
  if (request.neverRead === true) socket.pause()
  socket.write(requestText(request, url))
  return recordAnswer(socket, request.neverRead !== true)
}

export function rawRequest(request: RawRequest): Promise<RawAnswer> {
  return openRaw(request).ended
}

function requestText({ method = 'GET', target, headers = [], body }: RawRequest, url: URL): string {
  const text = body === undefined ? '' : JSON.stringify(body)
  const hasHost = headers.some((line) => /^host:/i.test(line))
  const lines = [
    `${method} ${target ?? `${url.pathname}${url.search}`} HTTP/1.1`,
    ...(hasHost ? [] : [`Host: ${url.host}`]),
    'Connection: close',
    ...headers,
    ...(body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`]),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${text}`
}

function recordAnswer(socket: Socket, reads: boolean): RawExchange {
  const parts: Buffer[] = []
  const looks = new Set<() => void>()
  const soFar = (): string => Buffer.concat(parts).toString('utf8')
  if (reads) {
    socket.on('data', (part: Buffer) => {
      parts.push(part)
      for (const look of looks) look()
    })
  }
  const { promise: ended, resolve, reject } = Promise.withResolvers<RawAnswer>()
  ended.catch(() => undefined)
  socket.on('error', () => undefined)
  socket.once('close', () => {
    try {
      resolve(readAnswer(parts))
    } catch (error) {
      reject(error)
    }
  })
  const until = (isEnough: (soFar: string) => boolean): Promise<void> =>
    new Promise((settle, fail) => {
      const look = (): void => {
        if (!isEnough(soFar())) return
        looks.delete(look)
        settle()
      }
      looks.add(look)
      look()
      const tooEarly = (): void => fail(new Error(`the socket closed too early: ${soFar()}`))
      ended.then(tooEarly, tooEarly)
    })
  return { until, ended, hangUp: () => socket.destroy() }
}

function readAnswer(parts: readonly Buffer[]): RawAnswer {
  const bytes = Buffer.concat(parts)
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) throw new Error(`no whole answer came: ${bytes.toString('utf8')}`)
  const [statusLine = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase()
    const value = line.slice(line.indexOf(':') + 1).trim()
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  const rest = bytes.subarray(headEnd + 4)
  const body = headers.get('transfer-encoding') === 'chunked' ? joinChunks(rest) : rest
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    body: body.toString('utf8'),
    bytes,
    arrivals: parts.length,
  }
}

/** RFC 9112 section 7.1. A body that was cut ends where it ends. */
function joinChunks(rest: Buffer): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; at < rest.length; ) {
    const lineEnd = rest.indexOf('\r\n', at)
    const size = Number.parseInt(rest.subarray(at, lineEnd).toString('latin1'), 16)
    if (lineEnd < 0 || !(size > 0)) break
    chunks.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
  return Buffer.concat(chunks)
}
