/**
 * Agents that answer from a document and book with a tool, over a real server: typed and spoken, with a script and with a model of
 * others, at the desk over HTTP and over MCP. Then tool servers that misbehave, while somebody else goes on talking.
 */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { LLMock } from '@copilotkit/aimock'
import { pageSchema, turnTraceSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { clinicFiles } from '../../packages/server/src/commands/clinic-files.ts'
import { DeskProcess } from '../../packages/server/src/commands/desk-process.ts'
import { type FakeToolServer, startFakeToolServer } from '../api/fake-tool-server.ts'
import { makeSpeechClips, type SpeechClip } from '../harness-provider/make-speech-clips.ts'
import { type DeepgramServer, startDeepgramServer } from '../harness-provider/start-deepgram-server.ts'
import { type HeadlessClient, openHeadlessClient } from '../official-client/headless-client.ts'
import { apiClient, say, spoken } from './api-client.ts'
import { openSession, publishAgent } from './published-agent.ts'
import { sealCredential } from './seal-credential.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'

const deskKey = 'quagmire-desk-key-0123456789'
const [modelKey, speechKey] = ['sk-e2e-clinic-4f1c9a72b0', 'dg-e2e-clinic-55c1']
const answer = 'There is a free car park behind the clinic; the way in is from Mill Lane.'
const spokenTexts = ['Where can I park?', 'I will come on Thursday at ten.', 'Yes, please.'] as const
const sessionSchema = z.object({ id: z.string(), signed_url: z.string() })

let home: string
let server: ServerProcess
let call: ReturnType<typeof apiClient>
let model: LLMock
let deepgram: DeepgramServer
let clips: SpeechClip[]
let hostile: FakeToolServer
let handbook: string
let ears: Readonly<Record<string, unknown>>
let modelCredential: string
const desks: DeskProcess[] = []
/** As an agent names them. */
const tools: { http: Readonly<Record<string, unknown>>; mcp: Readonly<Record<string, unknown>> } = { http: {}, mcp: {} }

beforeAll(async () => {
  model = new LLMock({ port: 0, auth: { apiKeys: [modelKey] }, chunkSize: 4 })
  await model.start()
  clips = await makeSpeechClips(spokenTexts, 'rms')
  deepgram = await startDeepgramServer({ clips, key: speechKey })
  hostile = await startFakeToolServer()
  const desk = await startDesk(clinicFiles.desk)
  const mcp = await startDesk(fileURLToPath(new URL('../../examples/clinic/booking-desk-mcp.ts', import.meta.url)))
  home = await makeHome()
  const opened = [new URL(model.url).origin, deepgram.allowEntry, hostile.origin, desk, mcp]
  server = await startProcess({ home, environment: { HYPONEMA_OUTBOUND_ALLOW: opened.join() } })
  call = apiClient(server.url, (await server.demo()).api_key)
  const seal = (origin: string) =>
    sealCredential(server, { kind: 'internal_api', provider: 'booking_desk', secret: deskKey, base_url: origin })
  tools.http = { ...bookVisit, url: `${desk}/bookings`, auth: { credential_id: await seal(desk) } }
  tools.mcp = { kind: 'mcp', name: 'clinic', url: `${mcp}/mcp`, auth: { credential_id: await seal(mcp) } }
  const speech = await sealCredential(server, { kind: 'speech', provider: 'deepgram', secret: speechKey })
  ears = { provider: 'deepgram', base_url: deepgram.url, credential_id: speech }
  modelCredential = await sealCredential(server, { kind: 'model', provider: 'aimock', secret: modelKey })
  handbook = await upload(clinicFiles.handbook)
}, 120_000)

afterAll(async () => {
  await server?.interrupt()
  await Promise.all(desks.map((desk) => desk.stop()))
  await hostile?.close()
  await deepgram?.close()
  await model?.stop()
  await removeHome(home)
})

const bookVisit = {
  kind: 'http',
  name: 'book_visit',
  description: 'Books a visit.',
  method: 'POST',
  // Each conversation has a diary of its own.
  headers: { 'x-sandbox': '{{system__session_id}}' },
  arguments: {
    type: 'object',
    properties: { weekday: { type: 'string' }, time: { type: 'string' } },
    required: ['weekday', 'time'],
  },
  idempotent: true,
}

async function startDesk(script: string): Promise<string> {
  const desk = new DeskProcess({ script, key: deskKey, warn: (sentence) => expect(sentence).toBe('') })
  desks.push(desk)
  return `http://127.0.0.1:${await desk.start(undefined)}`
}

/** Sends a document as anybody does and waits until the worker has read it. */
async function upload(path: string): Promise<string> {
  const { api_key: key } = await server.demo()
  const sent = await fetch(`${server.url}/v1/knowledge/files?name=handbook.md&language=en`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/octet-stream' },
    body: await readFile(path),
  })
  const { id } = z.object({ id: z.string() }).parse(await sent.json())
  const isReady = async () => expect((await call('GET', `/v1/knowledge/${id}`)).body['state']).toBe('ready')
  await vi.waitFor(isReady, { timeout: 30_000, interval: 100 })
  return id
}

type Desk = keyof typeof tools

const nameOf = (desk: Desk): string => (desk === 'http' ? 'book_visit' : 'clinic_book_visit')

/** An agent whose model is a script. */
function scripted(desk: Desk, more: Readonly<Record<string, unknown>> = {}) {
  const tool = {
    name: nameOf(desk),
    arguments: { weekday: '{{weekday}}', time: '{{time}}' },
    refused_by: 'refused',
  }
  const told = {
    then_say: ['Booked for {{result.slot}}, with {{result.doctor}}.'],
    refused_say: ['{{result.refused}} Which other time?'],
    else_say: ['I could not book that just now. {{result.error}}'],
  }
  const rules = [
    { when: ['{weekday} {time}'], tool, ...told },
    { when: ['thursday at ten'], tool: { ...tool, arguments: { weekday: 'Thursday', time: '10:00' } }, ...told },
    { when: ['*'], from_documents: true, say: ['{{passage}}'], else_say: ['I do not know.'] },
  ]
  return {
    persona: { prompt: 'You are the receptionist.' },
    model: { kind: 'scripted', script: { rules } },
    knowledge: { sources: [handbook] },
    tools: [tools[desk]],
    policy: {},
    ...more,
  }
}

const spansOf = async (sessionId: string) => {
  const { body } = await call('GET', `/v1/sessions/${sessionId}/traces`)
  return pageSchema(turnTraceSchema)
    .parse(body)
    .data.toReversed()
    .flatMap(({ spans }) => spans)
}
/** Of calls that were made; one that is asked about first has a span of its own, which says so. */
const toolSpans = async (sessionId: string) =>
  (await spansOf(sessionId)).flatMap((span) =>
    span.kind === 'tool' && span.detail.reason !== 'confirm' ? [{ ...span.detail, status: span.status }] : [],
  )

/** What is asked before something is done, whichever argument comes first. */
const questionOf = (...values: readonly string[]) =>
  new RegExp(`^Just to be sure, ${values.map((value) => `(?=.*${value})`).join('')}.*Please say yes or no\\.$`)

describe.each(['http', 'mcp'] as const)('a conversation in which a visit is booked over %s', (desk) => {
  test('typed, with a script: the document answers, the desk books once', async () => {
    const session = await openSession(call, await publishAgent(call, `Script ${desk}`, scripted(desk)))
    expect(spoken(await say(session, { text: 'Where can I park?' }))).toBe(answer)
    // A document was read, so what has an effect is asked about first.
    expect(spoken(await say(session, { text: 'I will come on Monday at 9:30' }))).toMatch(questionOf('9:30', 'Monday'))
    const booking = await say(session, { text: 'Yes.' })
    expect(spoken(booking)).toBe('Booked for Monday, 9:30, with Dr. Marsh.')
    expect(spoken(await say(session, { text: 'And again, Monday at 9:30' }))).toMatch(questionOf('9:30', 'Monday'))
    expect(spoken(await say(session, { text: 'Yes.' }))).toBe(
      'Monday, 9:30 with Dr. Marsh is already taken. Which other time?',
    )
    expect(booking.raw).toContain(`"name":"${nameOf(desk)}","status":"ok"`)
    expect(booking.raw).not.toContain(deskKey)
    const spans = await spansOf(session.id)
    const found = spans.flatMap((span) => (span.kind === 'retrieval' ? [span.detail.outcome] : []))
    expect(found[0]).toBe('found')
    expect(await toolSpans(session.id)).toMatchObject([
      { name: nameOf(desk), tool_kind: desk, status: 'ok' },
      { name: nameOf(desk), tool_kind: desk, status: 'ok' },
    ])
  })

  test('typed, with a model of others: it gets the passage, wishes the tool and gets what the desk said', async () => {
    const asked = `where can the ${desk} model park`
    const wished = `book the ${desk} model in`
    model.onMessage(new RegExp(asked), { content: answer })
    const toolCalls = [{ id: 'call_a', name: nameOf(desk), arguments: '{"weekday":"Wednesday","time":"14:00"}' }]
    model.on({ userMessage: new RegExp(wished) }, { toolCalls })
    model.onMessage(/^Yes, please\.$/, { content: 'You are booked.' })
    const agent = await publishAgent(call, `Model ${desk}`, {
      ...scripted(desk),
      model: {
        kind: 'openai_compatible',
        provider: 'custom',
        base_url: `${model.url}/v1`,
        model: 'any',
        credential_id: modelCredential,
      },
    })
    const session = await openSession(call, agent)
    expect(spoken(await say(session, { text: asked }))).toBe(answer)
    // Blanks of what is not ours are marked, so words are looked for.
    const passages = JSON.stringify(model.getRequests().at(-1)?.body)
    expect(passages).toMatch(/source=\\"document:chk_\w+\\" trust=\\"document\\"/)
    expect(passages).toMatch(/car.{1,6}park.{1,6}behind.{1,6}the.{1,6}clinic/)
    expect(spoken(await say(session, { text: wished }))).toMatch(questionOf('14:00', 'Wednesday'))
    expect(spoken(await say(session, { text: 'Yes, please.' }))).toBe('You are booked.')
    const result = JSON.stringify(model.getRequests().at(-1)?.body)
    expect(result).toMatch(/RC-10\d/)
    expect(result).not.toContain(deskKey)
    expect(await toolSpans(session.id)).toMatchObject([{ name: nameOf(desk), tool_kind: desk, status: 'ok' }])
  })

  test('spoken, by the official client: both are heard', { timeout: 90_000 }, async () => {
    const document = scripted(desk, { voice: { speech_to_text: ears } })
    const agent_id = await publishAgent(call, `Voice ${desk}`, document)
    const made = await call('POST', '/v1/sessions', { agent_id, user_id: 'ada', modality: 'voice+text' })
    const session = sessionSchema.parse(made.body)
    const client: HeadlessClient = openHeadlessClient({ microphone: true })
    try {
      await client.connect({ wsUrl: session.signed_url })
      client.speak(clips[0]?.pcm ?? new Uint8Array())
      expect(await client.recording.turnEnd(1)).toMatchObject({ status: 'complete', heard_characters: answer.length })
      const beforeMs = client.recording.heardMs
      client.speak(clips[1]?.pcm ?? new Uint8Array())
      expect(await client.recording.turnEnd(2)).toMatchObject({ status: 'complete' })
      expect(client.recording.heardMs - beforeMs).toBeGreaterThan(1_000)
      client.speak(clips[2]?.pcm ?? new Uint8Array())
      expect(await client.recording.turnEnd(3)).toMatchObject({ status: 'complete' })
      const turns = JSON.stringify((await call('GET', `/v1/sessions/${session.id}/turns`)).body)
      expect(turns).toContain(answer)
      expect(turns).toContain('Booked for Thursday, 10:00, with Dr. Marsh.')
      expect(client.recording.complaints).toEqual([])
    } finally {
      await client.close()
    }
    expect(await toolSpans(session.id)).toMatchObject([{ name: nameOf(desk), tool_kind: desk, status: 'ok' }])
  })
})

describe('a tool server that misbehaves', () => {
  const timeoutMs = 1_500
  let agent: string

  beforeAll(async () => {
    const names = ['hang', 'fail', 'flood', 'inwards', 'broken']
    const rules = names.map((name) => ({
      when: [`please ${name}`],
      tool: { name },
      then_say: ['It worked.'],
      else_say: ['Sorry. {{result.error}}'],
    }))
    agent = await publishAgent(call, 'Hostile', {
      persona: { prompt: 'You are the receptionist.' },
      model: { kind: 'scripted', script: { rules: [...rules, { when: ['hello'], say: ['Hello there.'] }] } },
      tools: names.map((name) => ({
        kind: 'http',
        name,
        description: 'Asks',
        url: `${hostile.origin}/v1/${name}`,
        timeout_ms: timeoutMs,
        waiting_line: 'One moment, please.',
      })),
      policy: {},
    })
  })

  test.each([
    [
      'hang',
      'One moment, please.',
      'The other system did not answer in time.',
      { status: 'cut', reason: 'timeout', attempts: 1 },
    ],
    ['fail', '', 'The other system has a problem at the moment;', { reason: 'http_status', status_code: 500 }],
    [
      'flood',
      '',
      'The other system answered with more text than can be read.',
      { reason: 'too_large', status_code: 200 },
    ],
    [
      'inwards',
      '',
      'The other system could not be reached at its address.',
      { reason: 'redirect', status_code: 302, attempts: 1 },
    ],
    [
      'broken',
      '',
      'The other system answered with something that cannot be read.',
      { reason: 'bad_json', status_code: 200 },
    ],
  ])('(%s) is told in a sentence and in the trace, and the session goes on', async (name, line, sentence, span) => {
    const session = await openSession(call, agent)
    const heard = spoken(await say(session, { text: `please ${name}` }))
    expect(heard).toContain(`Sorry. ${sentence}`)
    expect(heard).toContain(line)
    expect(heard).not.toMatch(/127\.0\.0\.1|169\.254|SQL|500/)
    expect(await toolSpans(session.id)).toMatchObject([{ name, status: 'failed', ...span }])
    expect(spoken(await say(session, { text: 'hello' }))).toBe('Hello there.')
  })

  test('holds nobody else up: sessions beside it are answered while it hangs', async () => {
    const [held, other] = [await openSession(call, agent), await openSession(call, agent)]
    const ended: string[] = []
    const waiting = say(held, { text: 'please hang' }).then(() => void ended.push('held'))
    for (let turn = 0; turn < 3; turn += 1) {
      expect(spoken(await say(other, { text: 'hello' }))).toBe('Hello there.')
      ended.push('other')
    }
    await waiting
    expect(ended).toEqual(['other', 'other', 'other', 'held'])
  })
})
