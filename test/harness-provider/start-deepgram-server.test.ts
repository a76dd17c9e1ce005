/** The server that our tests of listening trust: it must understand by the sound alone, and check what the vendor checks. */
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { makeSpeechClips, type SpeechClip } from './make-speech-clips.ts'
import { startDeepgramServer } from './start-deepgram-server.ts'

const key = 'dg-server-0123456789'
const path = '/v1/listen?model=nova-3&encoding=linear16&sample_rate=16000&channels=1'
let clips: readonly SpeechClip[] = []

const resultsSchema = z.object({
  type: z.literal('Results'),
  is_final: z.boolean(),
  speech_final: z.boolean(),
  from_finalize: z.boolean(),
  start: z.number(),
  duration: z.number(),
  channel: z.object({ alternatives: z.tuple([z.object({ transcript: z.string() })]) }),
})

beforeAll(async () => {
  clips = await makeSpeechClips(['What are your opening hours?', 'Please cancel everything.'])
})

describe('the Deepgram of our tests', () => {
  it('understands clips by their sound, with interims, positions and the end of each', async () => {
    const [first, second] = clips
    const pause = new Uint8Array(32_000)
    const results = await transcribe(Buffer.concat([pause, first?.pcm ?? pause, pause, second?.pcm ?? pause, pause]))
    const finals = results.filter((result) => result.is_final && result.speech_final)
    expect(finals.map(({ channel }) => channel.alternatives[0].transcript)).toStrictEqual([
      first?.transcript,
      second?.transcript,
    ])
    const interims = results
      .filter((result) => !result.is_final)
      .map(({ channel }) => channel.alternatives[0].transcript)
    expect(interims).toContain('What are')
    const ends = results.map(({ start, duration }) => start + duration)
    expect(ends).toStrictEqual(ends.toSorted((left, right) => left - right))
  })

  it('understands nothing in silence, noise or another sample rate', async () => {
    const pcm = Buffer.from(clips[0]?.pcm ?? new Uint8Array(0))
    const noise = Buffer.from(
      Uint8Array.from({ length: 96_000 }, (_, at) => (Math.imul(at, 2_654_435_761) >>> 13) & 255),
    )
    const halfSpeed = Buffer.concat(
      Array.from({ length: pcm.length / 2 }, (_, at) => pcm.subarray(at * 2, at * 2 + 2)).flatMap((one) => [one, one]),
    )
    for (const audio of [Buffer.alloc(96_000), noise, halfSpeed]) {
      const results = await transcribe(audio)
      expect(results.map(({ channel }) => channel.alternatives[0].transcript).join('')).toBe('')
    }
  })

  it.each([
    ['no key', path, {}, 401],
    ['another key', path, { authorization: 'Token other' }, 401],
    ['another scheme', path, { authorization: `Bearer ${key}` }, 401],
    ['another sample rate', path.replace('16000', '24000'), { authorization: `Token ${key}` }, 400],
    ['no encoding', '/v1/listen?model=nova-3', { authorization: `Token ${key}` }, 400],
    ['another path', '/v2/listen', { authorization: `Token ${key}` }, 404],
  ])('refuses %s', async (_what, asked, headers, status) => {
    const server = await start()
    expect(await refusalOf(`${server.allowEntry}${asked}`, headers)).toBe(status)
  })
})

async function start() {
  const server = await startDeepgramServer({ clips, key })
  onTestFinished(() => server.close())
  return server
}

async function transcribe(audio: Uint8Array): Promise<readonly z.infer<typeof resultsSchema>[]> {
  const server = await start()
  const socket = new WebSocket(`${server.allowEntry}${path}`, { headers: { authorization: `Token ${key}` } })
  const results: z.infer<typeof resultsSchema>[] = []
  socket.on('message', (data: Buffer) => {
    const parsed = resultsSchema.safeParse(JSON.parse(data.toString()))
    if (parsed.success) results.push(parsed.data)
  })
  await new Promise((settle) => socket.once('open', settle))
  for (let at = 0; at < audio.length; at += 640) socket.send(audio.subarray(at, at + 640))
  socket.send(JSON.stringify({ type: 'CloseStream' }))
  await new Promise((settle) => socket.once('close', settle))
  expect(server.received[0]?.messages).toStrictEqual(['CloseStream'])
  return results
}

function refusalOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const socket = new WebSocket(url, { headers })
  return new Promise((settle, reject) => {
    socket.once('unexpected-response', (request, answer) => {
      request.destroy()
      settle(answer.statusCode)
    })
    socket.once('open', () => reject(new Error('let in')))
    socket.on('error', () => undefined)
  })
}
