/**
 * The booking desk of a clinic, over HTTP: a backend as you may have one, small enough to read. Nothing but Node.
 *
 *   DESK_KEY=a-key-of-yours DESK_PORT=4801 node examples/clinic/booking-desk.ts
 *
 *   GET  /slots?weekday=Tuesday         what is free on that day (or date=2026-03-10; doctor=Dr. Okafor)
 *   POST /bookings                      {"weekday": "Tuesday", "time": "9:30"} books it
 *
 * Every request bears the key (`Authorization: Bearer`). A booking with an Idempotency-Key that was seen before is answered as it
 * was then and not made again. What cannot be booked is an answer like any other, `{"booked": false, "refused": "why"}`: the agent
 * tells the person why. Statuses of failure are for requests that are wrong.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { Diary } from './diary.ts'

type Answer = { readonly status: number; readonly body: unknown }

const key = process.env['DESK_KEY'] ?? ''
const port = Number(process.env['DESK_PORT'] ?? 4801)
const maxBodyLength = 16_384
/** What is remembered is bounded, the oldest is forgotten first: this is a desk for trying things out. */
const mostRemembered = 1000

if (key.length < 8) {
  console.error('Set DESK_KEY to a key of at least 8 characters; callers send it as a bearer token.')
  process.exit(1)
}

const diaries = new Map<string, Diary>()
const answered = new Map<string, { readonly request: string; readonly answer: Answer }>()

const server = createServer((request, response) => {
  void answer(request)
    .catch((): Answer => ({ status: 400, body: { error: 'That request cannot be read.' } }))
    .then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(`${JSON.stringify(body)}\n`)
    })
})
server.on('error', (error) => {
  console.error(`The booking desk cannot listen on port ${port}: ${error.message}`)
  process.exit(1)
})
server.listen(port, '127.0.0.1', () => {
  const address = server.address()
  const listening = typeof address === 'object' && address !== null ? address.port : port
  console.log(`The booking desk listens on http://127.0.0.1:${listening}`)
  process.send?.({ port: listening })
})
// Started by another program, it ends with it.
process.once('disconnect', () => process.exit(0))

async function answer(request: IncomingMessage): Promise<Answer> {
  if (!isKey(request.headers.authorization)) return { status: 401, body: { error: 'The key is missing or wrong.' } }
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://desk')
  const route = `${request.method} ${pathname}`
  if (route === 'GET /slots') {
    const { date, weekday, doctor } = Object.fromEntries(searchParams)
    return { status: 200, body: diaryOf(request).free({ date, weekday, doctor }) }
  }
  if (route !== 'POST /bookings') return { status: 404, body: { error: 'There is GET /slots and POST /bookings.' } }
  const body = await readBody(request)
  return once(request, body, () => book(diaryOf(request), JSON.parse(body)))
}

function book(diary: Diary, wish: unknown): Answer {
  const { date, weekday, doctor, time } = readTexts(wish)
  if (time === undefined || (date === undefined) === (weekday === undefined))
    return { status: 422, body: { error: 'Send "time", and either "weekday" or "date".' } }
  const booking = diary.book({ date, weekday, doctor, time })
  return { status: booking.booked ? 201 : 200, body: booking }
}

/** The work of one Idempotency-Key is done once; the same key with another request is refused. */
function once(request: IncomingMessage, body: string, work: () => Answer): Answer {
  const id = request.headers['idempotency-key']
  if (typeof id !== 'string') return work()
  const known = answered.get(id)
  if (known !== undefined && known.request === body) return known.answer
  if (known !== undefined) return { status: 409, body: { error: 'That Idempotency-Key was used for something else.' } }
  const done = work()
  remember(answered, id, { request: body, answer: done })
  return done
}

/** Callers that name a sandbox have a diary of their own there: who shows a demonstration twice begins with free days. */
function diaryOf({ headers }: IncomingMessage): Diary {
  const sandbox = String(headers['x-sandbox'] ?? '')
  return diaries.get(sandbox) ?? remember(diaries, sandbox, new Diary())
}

function remember<Value>(all: Map<string, Value>, id: string, value: Value): Value {
  all.set(id, value)
  const oldest = [...all.keys()].find((one) => one !== '')
  if (all.size > mostRemembered && oldest !== undefined) all.delete(oldest)
  return value
}

/** Takes as long for a wrong key as for one that is nearly right. */
function isKey(header: string | undefined): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${key}`))
}

async function readBody(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8')
  let body = ''
  for await (const chunk of request) {
    body += String(chunk)
    if (body.length > maxBodyLength) throw new RangeError(`a body of more than ${maxBodyLength} characters`)
  }
  return body
}

function readTexts(value: unknown): Readonly<Record<string, string | undefined>> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(Object.entries(value).filter(([, one]) => typeof one === 'string'))
}
