import { parseUuid, type Uuid } from '@hyponema/contract'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createDeepgram } from '../../packages/server/src/conversation/providers/deepgram/create-deepgram.ts'
import type { SpeechToTextEvent } from '../../packages/server/src/conversation/providers/speech-to-text-port.ts'
import { describeSpeechToText } from '../../packages/server/src/conversation/providers/test-harness/describe-speech-to-text.ts'
import {
  type SpeechToTextSituation,
  speechToTextSituations,
} from '../../packages/server/src/conversation/providers/test-harness/speech-to-text-situations.ts'
import { parseAllowEntry } from '../../packages/server/src/platform/outbound/allow-entry.ts'
import { createOutboundDoor, type OutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { makeSpeechClips, type SpeechClip } from './make-speech-clips.ts'
import { type DeepgramServer, startDeepgramServer } from './start-deepgram-server.ts'

const workspaceId = uuid('0190b5a0-0000-7000-8000-000000000001')
const key = 'dg-conformance-0123456789abcdef'
const credential = {
  unseal: async () => undefined,
  use: <Result>(work: (bytes: Uint8Array) => Result) => work(Buffer.from(key)),
}

let clips: readonly SpeechClip[] = []

beforeAll(async () => {
  clips = await makeSpeechClips([
    'I would like to book an appointment for Tuesday morning.',
    'What are your opening hours?',
    'Please cancel everything.',
  ])
})

describeSpeechToText({
  name: 'Deepgram, played by a server of our own',
  key,
  situations: new Set(speechToTextSituations),
  open: async (situation) => {
    const gate = Promise.withResolvers<void>()
    const late = situation === 'lets_us_in_late'
    const { server, door, port } = await openDeepgram(situation, late ? gate.promise : undefined)
    const [first, second, third] = clips
    if (first === undefined || second === undefined || third === undefined) throw new Error('no clips')
    return {
      port,
      clips: [first, second, third],
      letIn: () => gate.resolve(),
      secondsReceived: () => server.received.reduce((sum, { audio }) => sum + audio().byteLength, 0) / 32_000,
      openConnections: server.openConnections,
      close: async () => {
        await door.close()
        await server.close()
      },
    }
  },
})

describe('Deepgram', () => {
  it('gets the key in its header only, and the parameters that its documents name', async () => {
    const { server, port } = await openForTest('listens')
    await hear(port, (stream) => stream.finalize(), 'finalized')
    const [upgrade] = server.upgrades
    expect(upgrade?.headers.authorization).toBe(`Token ${key}`)
    const url = new URL(upgrade?.url ?? '', 'ws://server')
    expect(url.pathname).toBe('/v1/listen')
    expect(url.href).not.toContain(key)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      model: 'nova-3',
      language: 'en',
      encoding: 'linear16',
      sample_rate: '16000',
      channels: '1',
      interim_results: 'true',
      endpointing: '300',
    })
  })

  it('is told that we are still there while nobody speaks', async () => {
    const { server, port } = await openForTest('listens', { keepAliveMs: 40 })
    const stream = port.open({ signal: new AbortController().signal, onEvent: () => undefined })
    onTestFinished(() => stream.close())
    await expect
      .poll(() => server.received[0]?.messages.filter((type) => type === 'KeepAlive').length ?? 0)
      .toBeGreaterThan(2)
    stream.close()
    await expect.poll(() => server.received[0]?.messages.at(-1)).toBe('CloseStream')
  })

  it('closes for silence when we do not say so, and is called again', async () => {
    const { server, port } = await openForTest('listens', { keepAliveMs: 60_000, stallMs: 60_000 }, 50)
    const { events, until } = follow(port)
    await until('failed')
    expect(server.upgrades).toHaveLength(2)
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ error: { kind: 'timeout', code: 'provider.timeout' } })
  })

  it('says itself when a person has finished', async () => {
    const { port } = await openForTest('listens')
    const { stream, events, until } = follow(port)
    stream.send(clips[1]?.pcm ?? new Uint8Array(0))
    stream.send(new Uint8Array(32_000))
    await until('final')
    expect(events.at(-1)).toStrictEqual({ type: 'final', text: clips[1]?.transcript, endOfTurn: true })
  })

  it('understands as much of a sentence as was said of it', async () => {
    const { port, server } = await openForTest('listens')
    const { stream, events, until } = follow(port)
    stream.send((clips[0]?.pcm ?? new Uint8Array(0)).subarray(0, 40_000))
    stream.send(new Uint8Array(64_000))
    await until('final')
    stream.finalize()
    await until('finalized')
    const [final] = events.filter((event) => event.type === 'final')
    expect(clips[0]?.transcript.startsWith(`${final?.text ?? 'nothing'} `)).toBe(true)
    expect(server.received).toHaveLength(1)
  })

  it('has the lost connection that it survived in the log, without the key', async () => {
    const told: string[] = []
    const { port } = await openForTest('is_cut_once', {}, undefined, (message, error) =>
      told.push(`${message} ${String(error)}`),
    )
    const { stream, until } = follow(port)
    stream.send(clips[0]?.pcm ?? new Uint8Array(0))
    stream.finalize()
    await until('finalized')
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('closed with 1006')
    expect(told[0]).not.toContain(key)
  })

  it('brings what it asks us to wait in the error of a refusal', async () => {
    const { port } = await openForTest('limits_the_rate')
    const { events, until } = follow(port)
    await until('failed')
    expect(events).toMatchObject([{ error: { kind: 'rate', retryAfterSeconds: 7 } }])
  })

  it('refuses a base URL that holds more than host and path', () => {
    const door = openDoor('ws://127.0.0.1:1')
    for (const baseUrl of ['https://api.example/?x=1', 'ftp://api.example', 'nonsense', 'https://api.example/#x']) {
      expect(() =>
        createDeepgram({ door, workspaceId, onlyHosts: null, credential, baseUrl, model: 'nova-3', language: 'en' }),
      ).toThrow('no readable base URL')
    }
  })
})

type Deadlines = NonNullable<Parameters<typeof createDeepgram>[0]['deadlines']>

type Log = NonNullable<Parameters<typeof createDeepgram>[0]['log']>

async function openForTest(
  situation: SpeechToTextSituation,
  deadlines: Deadlines = {},
  silenceTimeoutMs?: number,
  log?: Log,
) {
  const opened = await openDeepgram(situation, undefined, deadlines, silenceTimeoutMs, log)
  onTestFinished(async () => {
    await opened.door.close()
    await opened.server.close()
  })
  return opened
}

async function openDeepgram(
  situation: SpeechToTextSituation,
  holdUntil?: Promise<void>,
  deadlines: Deadlines = {},
  silenceTimeoutMs?: number,
  log: Log = () => undefined,
): Promise<{ server: DeepgramServer; door: OutboundDoor; port: ReturnType<typeof createDeepgram> }> {
  const server = await startDeepgramServer({
    clips,
    key,
    situation,
    ...(holdUntil === undefined ? {} : { holdUntil }),
    ...(silenceTimeoutMs === undefined ? {} : { silenceTimeoutMs }),
  })
  const door = openDoor(server.allowEntry)
  const port = createDeepgram({
    door,
    workspaceId,
    onlyHosts: null,
    credential,
    baseUrl: server.url,
    model: 'nova-3',
    language: 'en',
    deadlines: { ...shortened(situation), ...deadlines },
    log,
  })
  return { server, door, port }
}

/** A deadline is short where the situation is about it; elsewhere the machine may be slow. */
function shortened(situation: SpeechToTextSituation): Deadlines {
  if (situation === 'never_answers') return { connectMs: 150 }
  if (situation === 'goes_silent') return { stallMs: 150 }
  if (situation === 'ignores_finalize') return { finalizeMs: 150, finalizeNothingMs: 150 }
  return { connectMs: 20_000, finalizeMs: 20_000, finalizeNothingMs: 20_000 }
}

function follow(port: ReturnType<typeof createDeepgram>) {
  const events: SpeechToTextEvent[] = []
  const stream = port.open({ signal: new AbortController().signal, onEvent: (event) => events.push(event) })
  onTestFinished(() => stream.close())
  const until = (type: SpeechToTextEvent['type']) =>
    expect.poll(() => events.map((event) => event.type), { timeout: 20_000, interval: 5 }).toContain(type)
  return { stream, events, until }
}

async function hear(
  port: ReturnType<typeof createDeepgram>,
  act: (stream: ReturnType<typeof follow>['stream']) => void,
  type: SpeechToTextEvent['type'],
) {
  const { stream, until } = follow(port)
  act(stream)
  await until(type)
}

function openDoor(entry: string): OutboundDoor {
  return createOutboundDoor({ allow: [parseAllowEntry(entry)], ownNames: [], ownAddresses: [], refusalStepMs: 1 })
}

function uuid(text: string): Uuid {
  const parsed = parseUuid(text)
  if (parsed === undefined) throw new Error('not a UUID')
  return parsed
}
