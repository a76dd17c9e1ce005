/** A session that loses its socket again and again listens through many streams; those that are over hold no sound. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { agentDocumentSchema } from '@hyponema/contract'
import { expect, test } from 'vitest'
import type { OutboundDoor } from '../platform/outbound/outbound-door.ts'
import { makeSessionSpeech } from './session-speech.ts'
import { openGate } from './test-harness/cleared-words.ts'
import { newId } from './test-harness/make-context.ts'

const unused = (): never => {
  throw new Error('not used here')
}
const socket = { send: () => true, close: () => undefined }
const opened: string[] = []
const door: OutboundDoor = {
  fetch: unused,
  judge: unused,
  isOpened: () => false,
  close: unused,
  openSocket: async ({ url }) => {
    opened.push(new URL(url).searchParams.get('language') ?? '')
    return socket
  },
}
const secret = {
  unseal: async () => undefined,
  use: <Result>(work: (bytes: Uint8Array) => Result) => work(Buffer.from('a key of this test')),
}

test('the sound of a closed stream is let go while its session lives', async () => {
  const speech = openSpeech()
  const kept: WeakRef<ArrayBufferLike>[] = []
  for (let socketNumber = 0; socketNumber < 20; socketNumber += 1) await listen(speech.speechToText, kept)
  await collectGarbage()
  const bytes = kept.reduce((sum, sound) => sum + (sound.deref()?.byteLength ?? 0), 0)
  // What was listened to is still counted.
  expect(speech.takeUsage().listenedMs).toBe(20 * 5000)
  expect(bytes).toBe(0)
})

test('the next stream listens for the language that somebody turned out to speak, unless the agent says for which', async () => {
  for (const [fixed, heard] of [
    [undefined, ['en', 'de']],
    ['fr', ['fr', 'fr']],
  ] as const) {
    opened.length = 0
    const speech = openSpeech(fixed)
    await listen(speech.speechToText, [])
    speech.changeLanguage('de')
    await listen(speech.speechToText, [])
    expect([opened, speech.language]).toEqual([heard, heard[1]])
  }
})

/** One socket's worth: five seconds of which no final result came. */
async function listen(
  port: ReturnType<typeof openSpeech>['speechToText'],
  kept: WeakRef<ArrayBufferLike>[],
): Promise<void> {
  const stream = port?.open({ signal: new AbortController().signal, onEvent: () => undefined })
  await new Promise((resolve) => setImmediate(resolve))
  const sound = new Uint8Array(160_000)
  kept.push(new WeakRef(sound.buffer))
  stream?.send(sound)
  stream?.close()
}

function openSpeech(language?: string) {
  const { voice } = agentDocumentSchema.parse({
    persona: { prompt: 'You listen.' },
    model: { kind: 'scripted', script: { rules: [] } },
    voice: {
      speech_to_text: {
        provider: 'deepgram',
        credential_id: 'crd_01jd3v7t6zf3m8k2x9w4c5b6n7',
        ...(language === undefined ? {} : { language }),
      },
    },
    policy: {},
  })
  if (voice === undefined) throw new Error('no voice')
  return makeSessionSpeech(
    {
      voice,
      language: 'en',
      workspaceId: newId(),
      onlyHosts: null,
      watches: { speech: { worked: () => {}, refused: () => {} }, voice: { worked: () => {}, refused: () => {} } },
      judge: openGate().spokenJudge,
      credentials: { speech: secret, voice: undefined },
    },
    { door, fliteVoices: { warm: () => undefined, speak: unused, close: () => undefined }, log: () => undefined },
  )
}

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('expected a collector')
  for (let round = 0; round < 5; round += 1) {
    Reflect.apply(collect, undefined, [])
    await new Promise((resolve) => setImmediate(resolve))
  }
}
