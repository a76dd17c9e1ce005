/** The unmodified official client in a real Chromium, on a page of another origin, against a real server. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findBrowser } from '../end-to-end/find-browser.ts'
import { makeSpeechClip, makeWave, type SpeechClip } from '../harness-provider/make-speech-clips.ts'
import { type DeepgramServer, startDeepgramServer } from '../harness-provider/start-deepgram-server.ts'
import {
  type BrowserClient,
  type CustomerSite,
  launchBrowserWithMicrophone,
  openBrowserClient,
  startCustomerSite,
} from './browser-client.ts'
import type { PageOptions } from './browser-page.ts'
import { describeConversation, expectCleanLog, expectRefusal } from './describe-conversation.ts'
import { answer, greeting, question, startTalkingServer, type TalkingServer } from './talking-server.ts'

const chromium = findBrowser()
const speechKey = 'dg-official-5c81aa0e'
/** At least (voice-runtime 2); exact pacing left the stock player 13 to 25 gaps in 8 s. */
const sentAheadMs = 60
/** The greeting is over by then. */
const silenceBeforeMs = 4_000

describe.skipIf(chromium === undefined)('with the official client in Chromium, a conversation', () => {
  let folder: string
  let deepgram: DeepgramServer
  let server: TalkingServer
  let site: CustomerSite
  let otherSite: CustomerSite
  let browser: Browser
  const clients: BrowserClient[] = []

  beforeAll(async () => {
    const clip = await makeSpeechClip(question, 'rms')
    folder = await mkdtemp(join(tmpdir(), 'official-'))
    const silence = new Uint8Array(silenceBeforeMs * 32)
    const wavPath = join(folder, 'microphone.wav')
    await writeFile(wavPath, makeWave(Buffer.concat([silence, clip.pcm, silence]), 16_000))
    deepgram = await startDeepgramServer({ clips: [clip, turnedOver(clip)], key: speechKey })
    site = await startCustomerSite()
    otherSite = await startCustomerSite()
    server = await startTalkingServer({ ears: { ...deepgram, key: speechKey }, origins: [site.origin] })
    browser = await launchBrowserWithMicrophone(chromium ?? '', wavPath)
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await site?.close()
    await otherSite?.close()
    await deepgram?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const openClient = async (options: Partial<PageOptions> = {}, from = site): Promise<BrowserClient> => {
    const client = await openBrowserClient(browser, from, options)
    clients.push(client)
    return client
  }
  const openSession = () => server.open({ client: 'browser' })

  describeConversation({ server: () => server, client: openClient, session: openSession })

  test('plays without gaps while sound comes: the stock player, which buffers nothing itself, does not run dry', async () => {
    const client = await openClient()
    const { recording } = client
    const { signedUrl } = await openSession()
    await client.connect({ wsUrl: signedUrl })
    await recording.turnEnd(1)
    const greetingFrames = recording.audio.length
    await client.sendText('long')
    await recording.turnEnd(2, 40_000)
    expect(recording.heardMs).toBeGreaterThan(6_000)
    // On a busy machine a frame comes later than what was sent ahead lasts; that gap is the machine's.
    const times = recording.audio.slice(greetingFrames).map(({ atMs }) => atMs)
    const late = times.filter((atMs, index) => atMs - (times[index - 1] ?? atMs) > sentAheadMs)
    expect(await client.playerStarts()).toBeLessThanOrEqual(3 + late.length)
    expectCleanLog(recording)
  })

  test('is opened by startBotAndConnect, with what the customer’s backend hands on', async () => {
    site.onStart = async () => {
      const { wsUrl, token } = await openSession()
      return { ws_url: wsUrl, token }
    }
    const client = await openClient()
    expect(await client.startBotAndConnect()).toEqual({ version: '2.1.0' })
    await client.recording.turnEnd(1)
    expect(client.recording.texts('botTranscript')).toEqual([greeting])
    expectCleanLog(client.recording)
  })

  test('is refused with 4003 on a page of an origin that the agent does not list', async () => {
    const { wsUrl, token } = await openSession()
    await expectRefusal(await openClient({}, otherSite), { wsUrl, token }, 4003)
  })

  test('is refused with 4003 when a native token is used in a page', async () => {
    const { wsUrl, token } = await server.open({ client: 'native' })
    await expectRefusal(await openClient(), { wsUrl, token }, 4003)
  })

  test.each<[string, Partial<PageOptions>]>([
    ['16 kHz in frames of 512 bytes', { recorderRate: 16_000, recorderChunkBytes: 512 }],
    ['24 kHz in the stock frames of 8,192 bytes', { recorderRate: 24_000 }],
  ])('hears the question that the microphone hears at %s, and answers it aloud', async (_name, options) => {
    const client = await openClient({ microphone: true, ...options })
    const { recording } = client
    const session = await openSession()
    await client.connect({ wsUrl: session.signedUrl })
    await recording.turnEnd(1)
    const beforeMs = recording.heardMs
    const answered = await recording.turnEnd(2, 30_000)
    expect(answered, recording.asText()).toMatchObject({ status: 'complete', heard_characters: answer.length })
    expect(recording.named('userTranscript').map(({ data }) => data)).toContainEqual(
      expect.objectContaining({ text: question, final: true }),
    )
    for (const name of ['userStartedSpeaking', 'userStoppedSpeaking']) expect(recording.named(name)).toHaveLength(1)
    expect(recording.heardMs - beforeMs).toBeGreaterThan(1_000)
    expect(recording.texts('botTranscript').at(-1)).toBe(answer)
    const turns = await server.turns(session.id)
    expect(turns.filter(({ role }) => role === 'user').map(({ text }) => text)).toEqual([question])
    expectCleanLog(recording)
  })
})

/** Chromium's own echo and noise control hands the wave on upside down, which no ear notices and a correlation does. */
function turnedOver(clip: SpeechClip): SpeechClip {
  const samples = new Int16Array(clip.pcm.slice().buffer)
  return { ...clip, pcm: new Uint8Array(samples.map((sample) => -sample).buffer) }
}
