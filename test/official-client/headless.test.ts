/** The unmodified official client in Node, against a real server. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeSpeechClip, type SpeechClip } from '../harness-provider/make-speech-clips.ts'
import { type DeepgramServer, startDeepgramServer } from '../harness-provider/start-deepgram-server.ts'
import { describeConversation, expectCleanLog, expectRefusal } from './describe-conversation.ts'
import { type HeadlessClient, openHeadlessClient } from './headless-client.ts'
import { answer, question, startTalkingServer, type TalkingServer } from './talking-server.ts'

const speechKey = 'dg-official-91d07b3f'
let clip: SpeechClip
let deepgram: DeepgramServer
let server: TalkingServer
const clients: HeadlessClient[] = []

beforeAll(async () => {
  clip = await makeSpeechClip(question, 'rms')
  deepgram = await startDeepgramServer({ clips: [clip], key: speechKey })
  server = await startTalkingServer({ ears: { ...deepgram, key: speechKey } })
})
afterAll(async () => {
  await server.close()
  await deepgram.close()
})
afterEach(async () => {
  for (const client of clients.splice(0).toReversed()) await client.close()
})

function openClient(options?: { microphone?: boolean }): HeadlessClient {
  const client = openHeadlessClient(options)
  clients.push(client)
  return client
}

describe('with the official client in Node, a conversation', () => {
  describeConversation({
    server: () => server,
    session: () => server.open(),
    client: async () => openClient(),
  })

  test('is opened with address and token apart, too', async () => {
    const client = openClient()
    const { wsUrl, token } = await server.open()
    expect(await client.connect({ wsUrl, token })).toEqual({ version: '2.1.0' })
    expectCleanLog(client.recording)
  })

  test('is spoken: the question in frames of changing lengths is understood and answered aloud', async () => {
    const client = openClient({ microphone: true })
    const { recording } = client
    const session = await server.open({ modality: 'voice' })
    await client.connect({ wsUrl: session.signedUrl })
    await recording.turnEnd(1)
    const beforeMs = recording.heardMs
    client.speak(clip.pcm)
    expect(await recording.turnEnd(2)).toMatchObject({ status: 'complete', heard_characters: answer.length })
    expect(recording.named('userTranscript').map(({ data }) => data)).toContainEqual(
      expect.objectContaining({ text: question, final: true }),
    )
    expect(recording.named('userStartedSpeaking')).toHaveLength(1)
    expect(recording.named('userStoppedSpeaking')).toHaveLength(1)
    expect(recording.heardMs - beforeMs).toBeGreaterThan(1_000)
    const [asked] = (await server.turns(session.id)).filter(({ role }) => role === 'user')
    expect(asked?.text).toBe(question)
    expectCleanLog(recording)
  })

  test('is interrupted by speaking', async () => {
    const client = openClient({ microphone: true })
    const { recording } = client
    await client.connect({ wsUrl: (await server.open()).signedUrl })
    await recording.turnEnd(1)
    const beforeMs = recording.heardMs
    await client.sendText('long')
    await recording.until(() => recording.heardMs > beforeMs + 1500, 'speech')
    client.speak(clip.pcm)
    expect(await recording.turnEnd(2)).toMatchObject({ status: 'cut' })
    expect(await recording.turnEnd(3)).toMatchObject({ status: 'complete', heard_characters: answer.length })
    expect(recording.unrecognised).toEqual(['bot-interruption'])
    expectCleanLog(recording)
  })

  test('is refused with a browser token, which needs an origin, with 4003', async () => {
    const { wsUrl, token } = await server.open({ client: 'browser' })
    await expectRefusal(openClient(), { wsUrl, token }, 4003)
  })

  test('is refused with a token that has expired, with 4001', async () => {
    const { wsUrl, token, id } = await server.open({ ttl_seconds: 1 })
    await expect.poll(() => hasExpired(token), { timeout: 5_000 }).toBe(true)
    await expectRefusal(openClient(), { wsUrl, token }, 4001)
    expect((await server.state(id)).status).not.toBe('in_progress')
  })

  test('is told by 1001 that the server stops', async () => {
    const own = await startTalkingServer({})
    try {
      const client = openClient()
      await client.connect({ wsUrl: (await own.open()).signedUrl })
      await client.recording.turnEnd(1)
      await own.stop()
      expect(await client.recording.fatalError()).toBe('websocket connection closed. Code: 1001')
    } finally {
      await own.close()
    }
  })
})

/** By its own `exp`, in whole seconds. */
function hasExpired(token: string): boolean {
  const { exp }: { exp: number } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
  return Date.now() / 1000 > exp + 1
}
