/**
 * The suite that every speech-to-text adapter passes, whatever its vendor. An adapter's test opens a peer for each situation; a
 * peer understands its clips by their sound and lists the situations that it can produce.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ProviderErrorKind } from '../provider-error.ts'
import {
  listeningBytesPerSecond,
  type SpeechToTextEvent,
  type SpeechToTextPort,
  type SpeechToTextStream,
} from '../speech-to-text-port.ts'
import type { SpeechToTextSituation } from './speech-to-text-situations.ts'

export type ConformanceClip = { readonly transcript: string; readonly pcm: Uint8Array }

export type OpenedSpeechToText = {
  readonly port: SpeechToTextPort
  /** Three that the peer understands, of one to four seconds each. */
  readonly clips: readonly [ConformanceClip, ConformanceClip, ConformanceClip]
  /** In `lets_us_in_late`: now the connection is answered. */
  readonly letIn: () => void
  /** Seconds of audio that the peer has got, over all connections. */
  readonly secondsReceived: () => number
  readonly openConnections: () => number
  readonly close: () => Promise<void>
}

export type SpeechToTextConformance = {
  readonly name: string
  /** What the credential holds. */
  readonly key: string
  readonly situations: ReadonlySet<SpeechToTextSituation>
  /** Every deadline of the adapter is a second at most, where the situation is about one. */
  readonly open: (situation: SpeechToTextSituation) => Promise<OpenedSpeechToText>
}

const failures: Readonly<Partial<Record<SpeechToTextSituation, ProviderErrorKind>>> = {
  refuses_the_key: 'auth',
  has_no_quota: 'quota',
  limits_the_rate: 'rate',
  refuses_the_request: 'bad_request',
  cannot_read_the_audio: 'bad_request',
  breaks: 'unavailable',
  redirects: 'unavailable',
  never_answers: 'timeout',
  goes_silent: 'timeout',
  is_cut_off: 'unavailable',
  sends_garbage: 'unavailable',
  sends_a_huge_message: 'unavailable',
  floods: 'unavailable',
}

export function describeSpeechToText(peer: SpeechToTextConformance): void {
  describe(`${peer.name} as ears`, () => {
    for (const [situation, rule, prove] of rules.filter(([needed]) => peer.situations.has(needed))) {
      it(`${rule} (${situation})`, () => openAnd(peer, situation, prove))
    }
    for (const situation of failingSituations(peer)) {
      it(`fails once, last and without the key, as ${failures[situation]}, when the peer ${situation}`, () =>
        openAnd(peer, situation, (opened) => failsAs(peer, opened, failures[situation])))
    }
  })
}

type Prove = (opened: OpenedSpeechToText) => Promise<void>

const rules: readonly (readonly [SpeechToTextSituation, string, Prove])[] = [
  ['listens', 'tells finals in the order of speech, with interims before them, and none of them empty', orderOfSpeech],
  ['listens', 'answers finalize after what was said before it, also when there was nothing to say', answersFinalize],
  ['listens', 'hears nothing in silence', hearsNothing],
  ['listens', 'says nothing more once it was closed, and twice is once', silentAfterClose],
  ['listens', 'says nothing more once it was aborted', silentAfterAbort],
  ['listens', 'says nothing at all when it was aborted before it began', silentWhenAbortedBefore],
  ['listens', 'counts the seconds that the provider got', countsSeconds],
  ['listens', 'calls nobody inside open, send and finalize', callsNobodyInside],
  ['lets_us_in_late', 'keeps what is said before the connection stands, finalize included', keepsEarlyAudio],
  ['lets_us_in_late', 'keeps the last five seconds of it and no more', keepsFiveSeconds],
  ['ignores_finalize', 'answers finalize within its deadline even if the provider does not', answersWithoutProvider],
  ['sends_unknown_messages', 'overlooks what it does not know', orderOfSpeech],
  ['is_cut_once', 'hears the same words again after a lost connection', survivesOneCut],
]

async function openAnd(peer: SpeechToTextConformance, situation: SpeechToTextSituation, prove: Prove): Promise<void> {
  const opened = await peer.open(situation)
  onTestFinished(() => opened.close())
  await prove(opened)
}

function failingSituations(peer: SpeechToTextConformance): readonly SpeechToTextSituation[] {
  return [...peer.situations].filter((situation) => failures[situation] !== undefined)
}

type Ears = {
  readonly stream: SpeechToTextStream
  readonly events: readonly SpeechToTextEvent[]
  /** Settles when so many of this type have come. */
  readonly until: (type: SpeechToTextEvent['type'], count?: number) => Promise<void>
}

function listen(port: SpeechToTextPort, signal: AbortSignal = new AbortController().signal): Ears {
  const events: SpeechToTextEvent[] = []
  const waiting = new Set<() => void>()
  const stream = port.open({
    signal,
    onEvent: (event) => {
      events.push(event)
      for (const look of waiting) look()
    },
  })
  onTestFinished(() => stream.close())
  const until: Ears['until'] = (type, count = 1) =>
    new Promise((settle) => {
      const look = (): void => {
        if (events.filter((event) => event.type === type).length < count) return
        waiting.delete(look)
        settle()
      }
      waiting.add(look)
      look()
    })
  return { stream, events, until }
}

/** As a microphone brings it: 20 ms at a time. */
function speak(stream: SpeechToTextStream, ...parts: readonly Uint8Array[]): void {
  for (const part of parts) {
    for (let at = 0; at < part.byteLength; at += listeningBytesPerSecond / 50) {
      stream.send(part.subarray(at, at + listeningBytesPerSecond / 50))
    }
  }
}

function silence(seconds: number): Uint8Array {
  return new Uint8Array(seconds * listeningBytesPerSecond)
}

function finals(events: readonly SpeechToTextEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === 'final' ? [event.text] : []))
}

async function orderOfSpeech({ port, clips }: OpenedSpeechToText): Promise<void> {
  const { stream, events, until } = listen(port)
  // Now the connection stands: these clips are longer than what is kept before.
  stream.finalize()
  await until('finalized')
  speak(stream, silence(0.3), ...clips.flatMap(({ pcm }) => [pcm, silence(1)]))
  stream.finalize()
  await until('finalized', 2)
  expect(finals(events).join(' ')).toBe(clips.map(({ transcript }) => transcript).join(' '))
  expect(finals(events)).not.toContain('')
  expect(events.at(-1)?.type).toBe('finalized')
  // What is supposed grows into what is final.
  const firstFinal = events.findIndex(({ type }) => type === 'final')
  const supposed = events.slice(0, firstFinal).flatMap((event) => (event.type === 'interim' ? [event.text] : []))
  expect(supposed.length).toBeGreaterThan(0)
  expect(clips[0].transcript.startsWith(supposed.find((text) => text !== '') ?? 'nothing')).toBe(true)
}

async function answersFinalize({ port, clips }: OpenedSpeechToText): Promise<void> {
  const { stream, events, until } = listen(port)
  stream.finalize()
  await until('finalized')
  expect(finals(events)).toStrictEqual([])
  speak(stream, clips[0].pcm)
  stream.finalize()
  await until('finalized', 2)
  expect(finals(events).join(' ')).toBe(clips[0].transcript)
  speak(stream, clips[1].pcm)
  stream.finalize()
  stream.finalize()
  await until('finalized', 4)
  expect(finals(events).join(' ')).toBe(`${clips[0].transcript} ${clips[1].transcript}`)
  expect(events.filter(({ type }) => type === 'finalized')).toHaveLength(4)
}

async function hearsNothing({ port }: OpenedSpeechToText): Promise<void> {
  const { stream, events, until } = listen(port)
  speak(stream, silence(4))
  stream.finalize()
  await until('finalized')
  expect(events).toStrictEqual([{ type: 'finalized' }])
}

async function silentAfterClose({ port, clips, openConnections }: OpenedSpeechToText): Promise<void> {
  const { stream, events, until } = listen(port)
  speak(stream, clips[0].pcm)
  await until('interim')
  speak(stream, clips[1].pcm)
  stream.finalize()
  stream.close()
  stream.close()
  const told = events.length
  speak(stream, clips[2].pcm)
  stream.finalize()
  await expect.poll(openConnections).toBe(0)
  expect(events).toHaveLength(told)
}

async function silentAfterAbort({ port, clips, openConnections }: OpenedSpeechToText): Promise<void> {
  const person = new AbortController()
  const { stream, events, until } = listen(port, person.signal)
  speak(stream, clips[0].pcm)
  await until('interim')
  stream.finalize()
  person.abort(new Error('gone'))
  const told = events.length
  speak(stream, clips[1].pcm)
  await expect.poll(openConnections).toBe(0)
  expect(events).toHaveLength(told)
}

async function silentWhenAbortedBefore({ port, clips, openConnections }: OpenedSpeechToText): Promise<void> {
  const { stream, events } = listen(port, AbortSignal.abort(new Error('gone')))
  speak(stream, clips[0].pcm)
  stream.finalize()
  await expect.poll(openConnections).toBe(0)
  expect(events).toStrictEqual([])
  expect(stream.secondsUsed()).toBe(0)
}

async function countsSeconds({ port, clips, secondsReceived }: OpenedSpeechToText): Promise<void> {
  const { stream, until } = listen(port)
  speak(stream, clips[0].pcm, silence(0.5))
  stream.finalize()
  await until('finalized')
  expect(stream.secondsUsed()).toBeCloseTo(clips[0].pcm.byteLength / listeningBytesPerSecond + 0.5, 5)
  expect(stream.secondsUsed()).toBeCloseTo(secondsReceived(), 5)
}

async function callsNobodyInside({ port, clips }: OpenedSpeechToText): Promise<void> {
  let inside = false
  const calls: boolean[] = []
  const done = Promise.withResolvers<void>()
  inside = true
  const stream = port.open({
    signal: new AbortController().signal,
    onEvent: (event) => {
      calls.push(inside)
      if (event.type === 'finalized') done.resolve()
    },
  })
  onTestFinished(() => stream.close())
  speak(stream, clips[0].pcm)
  stream.finalize()
  inside = false
  await done.promise
  expect(calls).not.toContain(true)
}

async function keepsEarlyAudio({ port, clips, letIn }: OpenedSpeechToText): Promise<void> {
  const { stream, events, until } = listen(port)
  speak(stream, clips[0].pcm)
  stream.finalize()
  expect(stream.secondsUsed()).toBe(0)
  letIn()
  await until('finalized')
  expect(finals(events).join(' ')).toBe(clips[0].transcript)
}

async function keepsFiveSeconds({ port, clips, letIn, secondsReceived }: OpenedSpeechToText): Promise<void> {
  const { stream, events, until } = listen(port)
  const [first, second] = clips
  const rest = 5 - second.pcm.byteLength / listeningBytesPerSecond
  speak(stream, first.pcm, silence(Math.floor(rest * 50) / 50), second.pcm)
  stream.finalize()
  letIn()
  await until('finalized')
  expect(finals(events).join(' ')).toBe(second.transcript)
  expect(secondsReceived()).toBeLessThanOrEqual(5)
  expect(secondsReceived()).toBeGreaterThan(4.9)
}

async function answersWithoutProvider({ port, clips }: OpenedSpeechToText): Promise<void> {
  const { stream, events, until } = listen(port)
  speak(stream, clips[0].pcm, silence(0.5))
  stream.finalize()
  await until('finalized')
  expect(events.filter(({ type }) => type === 'finalized')).toHaveLength(1)
}

async function survivesOneCut({ port, clips, secondsReceived }: OpenedSpeechToText): Promise<void> {
  const { stream, events, until } = listen(port)
  speak(stream, clips[0].pcm)
  stream.finalize()
  await until('finalized')
  expect(finals(events).join(' ')).toBe(clips[0].transcript)
  expect(events.map(({ type }) => type)).not.toContain('failed')
  expect(stream.secondsUsed()).toBeGreaterThanOrEqual(secondsReceived())
}

async function failsAs(
  peer: SpeechToTextConformance,
  opened: OpenedSpeechToText,
  kind: ProviderErrorKind | undefined,
): Promise<void> {
  const { stream, events, until } = listen(opened.port)
  speak(stream, opened.clips[0].pcm)
  stream.finalize()
  await until('failed')
  const told = events.length
  const last = events.at(-1)
  if (last?.type !== 'failed') throw new Error('the failure is not the last event')
  expect(last.error).toMatchObject({ kind })
  const texts = [String(last.error), last.error.stack ?? '', JSON.stringify(last.error), String(last.error.cause)]
  for (const text of texts) expect(text).not.toContain(peer.key)
  speak(stream, opened.clips[1].pcm)
  stream.finalize()
  stream.close()
  await expect.poll(opened.openConnections).toBe(0)
  expect(events).toHaveLength(told)
}
