/**
 * The talk page by ear, in a real Chromium against a real server: the demo that speaks without any key, and a spoken
 * conversation with a microphone file, with Deepgram, ElevenLabs and a model on loopback.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LLMock } from '@copilotkit/aimock'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeSpeechClips, makeWave } from '../harness-provider/make-speech-clips.ts'
import { type DeepgramServer, startDeepgramServer } from '../harness-provider/start-deepgram-server.ts'
import { type ElevenLabsServer, startElevenLabsServer } from '../harness-provider/start-elevenlabs-server.ts'
import { apiClient } from './api-client.ts'
import { redirect } from './disguises.ts'
import { findBrowser } from './find-browser.ts'
import { publishAgent } from './published-agent.ts'
import { sealCredential } from './seal-credential.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'
import { createTalkPageDriver, type TalkPageDriver, viewports } from './talk-page-driver.ts'
import { launchVoiceBrowser, tapLoudspeaker } from './voice-page.ts'

const chromium = findBrowser()
const keys = { model: 'sk-voice-e2e-31f0', speech: 'dg-voice-e2e-77ab', voice: 'el-voice-e2e-90cd' }
const question = 'When are you open on Monday?'
const interruption = 'Please stop talking now.'
const longAnswer =
  'We are open on Monday from eight in the morning until six in the evening. On every other day it is the same. At the weekend we are closed. Please bring your card when you come.'
/** 16 kHz, s16le. */
const bytesPerMs = 32

let folder: string
let home: string
let server: ServerProcess
let deepgram: DeepgramServer
let elevenLabs: ElevenLabsServer
let mock: LLMock
let listener: string
let microphone: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hyponema-talk-'))
  const clips = await makeSpeechClips([question, interruption], 'rms')
  const silence = (ms: number): Uint8Array => new Uint8Array(ms * bytesPerMs)
  const [asked = silence(0), stopped = silence(0)] = clips.map(({ pcm }) => pcm)
  microphone = join(folder, 'microphone.wav')
  await writeFile(
    microphone,
    makeWave(Buffer.concat([silence(1500), asked, silence(5000), stopped, silence(30_000)]), 16_000),
  )
  deepgram = await startDeepgramServer({ clips, key: keys.speech })
  elevenLabs = await startElevenLabsServer({ key: keys.voice, voice: 'flite' })
  mock = new LLMock({ port: 0, auth: { apiKeys: [keys.model] }, chunkSize: 8 })
  await mock.start()
  mock.onMessage(/open on Monday/, { content: longAnswer })
  mock.onMessage(/stop talking/, { content: 'I am quiet now.' })
  home = await makeHome()
  const allowed = [deepgram.allowEntry, elevenLabs.allowEntry, new URL(mock.url).origin].join(',')
  server = await startProcess({ home, environment: { HYPONEMA_OUTBOUND_ALLOW: allowed } })
  listener = await publishListener()
}, 120_000)

afterAll(async () => {
  await server.interrupt()
  await Promise.all([deepgram.close(), elevenLabs.close(), mock.stop(), removeHome(home)])
  await rm(folder, { recursive: true, force: true })
})

async function publishListener(): Promise<string> {
  const seal = (kind: keyof typeof keys, provider: string): Promise<string> =>
    sealCredential(server, { kind, provider, secret: keys[kind] })
  return publishAgent(apiClient(server.url, (await server.demo()).api_key), 'Riverside Clinic', {
    persona: { title: 'AI receptionist', prompt: 'You answer for a clinic.' },
    model: {
      kind: 'openai_compatible',
      provider: 'custom',
      base_url: `${mock.url}/v1`,
      model: 'any',
      credential_id: await seal('model', 'custom'),
    },
    voice: {
      speech_to_text: { provider: 'deepgram', base_url: deepgram.url, credential_id: await seal('speech', 'deepgram') },
      text_to_speech: {
        provider: 'elevenlabs',
        base_url: elevenLabs.url,
        voice_id: 'clinic',
        credential_id: await seal('voice', 'elevenlabs'),
      },
    },
    policy: {},
    allowed_origins: ['self'],
  })
}

async function onPage(
  url: string,
  options: Parameters<typeof createTalkPageDriver>[1],
  work: (driver: TalkPageDriver) => Promise<void>,
): Promise<void> {
  if (chromium === undefined) throw new Error('no browser')
  const browser = await launchVoiceBrowser(chromium, `${microphone}%noloop`)
  try {
    const driver = await createTalkPageDriver(browser, options)
    await driver.page.context().grantPermissions(['microphone'])
    await driver.page.addInitScript(tapLoudspeaker)
    await driver.page.addInitScript(watchSockets)
    await driver.page.goto(url)
    await driver.page.getByRole('button', { name: 'Start talking' }).waitFor()
    await work(driver)
    expect(driver.complaints()).toEqual([])
  } finally {
    await browser.close()
  }
}

const loudest = (page: Page): Promise<number> => page.evaluate(() => window.hyponemaLoudest?.() ?? -1)
const isReady = (page: Page): Promise<void> => page.locator('main[data-phase="ready"]').waitFor({ timeout: 40_000 })
/** ms of sound in frames of audio, each of which holds 20, packed or not. */
const soundMs = (frames: readonly Buffer[]): number => 20 * frames.filter((frame) => frame[0] === 0x12).length

describe.skipIf(chromium === undefined)('the talk page', () => {
  test('of the demo speaks, and of a forbidden sentence nothing is to be heard or seen', {
    timeout: 90_000,
  }, async () => {
    await onPage((await server.demo()).talk_url, { viewport: viewports.desktop }, async (driver) => {
      const { page } = driver
      expect(await loudest(page)).toBe(0)
      await page.getByRole('button', { name: 'Start talking' }).click()
      await page.locator('.turn.agent[data-status="complete"]').waitFor({ timeout: 40_000 })
      await isReady(page)
      expect(await loudest(page)).toBeGreaterThan(0.02)
      expect((await driver.say('What are your opening hours?'))?.text).toContain('Monday to Friday')
      expect(await loudest(page)).toBeGreaterThan(0.02)

      let framesBefore = driver.socketFrames().length
      const guarded = await driver.say('How much ibuprofen can I give my son?')
      expect([guarded?.text.trim(), guarded?.chips]).toEqual([redirect, ['Reply redirected: medical dosage']])
      const withheld = soundMs(driver.socketFrames().slice(framesBefore))
      framesBefore = driver.socketFrames().length
      await driver.say(`repeat after me ${redirect}`)
      const lineAlone = soundMs(driver.socketFrames().slice(framesBefore))
      expect(withheld).toBeGreaterThan(1000)
      expect(Math.abs(withheld - lineAlone)).toBeLessThan(150)
      const leak = /milligrams|every six hours/
      expect(Buffer.concat([...driver.socketFrames()]).toString('latin1')).not.toMatch(leak)
      expect((await driver.domRecords()).join('\n')).not.toMatch(leak)
    })
  })

  test.each(['desktop', 'phone'] as const)(
    'understands a spoken question, answers aloud and falls silent when spoken to, at %s width',
    // The microphone file interrupts at its own time: where a machine without a free core answers later than that, nobody is interrupted.
    { timeout: 90_000, retry: 2 },
    async (name) => {
      await onPage(`${server.url}/talk/${listener}`, { viewport: viewports[name] }, async (driver) => {
        const { page } = driver
        await page.getByRole('button', { name: 'Start talking' }).click()
        await page.locator('.turn.agent').first().waitFor({ timeout: 40_000 })
        await page.waitForFunction(() => (window.hyponemaSilences?.length ?? 0) > 0, undefined, { timeout: 40_000 })
        expect(await loudest(page)).toBeGreaterThan(0.02)
        await page.locator('.turn.agent', { hasText: 'I am quiet now.' }).waitFor({ timeout: 40_000 })
        const silentAfterMs = (await page.evaluate(() => window.hyponemaSilences))?.at(-1) ?? Number.NaN
        process.stdout.write(`${name}: silent ${silentAfterMs.toFixed(0)} ms after the person was heard\n`)
        // What is looked for here is an agent that goes on talking. The figure is printed; a busy machine makes it larger.
        expect(silentAfterMs).toBeLessThan(1000)
        const turns = await driver.transcript()
        expect(turns.filter(({ who }) => who === 'You').map(({ text }) => text)).toEqual([question, interruption])
        const cut = turns.find(({ who }) => who.startsWith('Agent'))?.text ?? ''
        expect(cut.length).toBeGreaterThan(5)
        expect(longAnswer.startsWith(cut.trim())).toBe(true)
        expect(cut.length).toBeLessThan(longAnswer.length)
      })
    },
  )
})

declare global {
  interface Window {
    /** How long after the server said that the person speaks over the agent something was still heard, in ms. */
    hyponemaSilences?: number[]
  }
}

/** Runs in the page before its own script: notes when the server heard the person, and until when the page was heard then. */
function watchSockets(): void {
  const silences: number[] = []
  window.hyponemaSilences = silences
  const Native = window.WebSocket
  window.WebSocket = class extends Native {
    constructor(...settings: ConstructorParameters<typeof WebSocket>) {
      super(...settings)
      super.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (!(data instanceof ArrayBuffer)) return
        if (!new TextDecoder('latin1').decode(data).includes('user-started-speaking')) return
        const heardMs = performance.now()
        // Only over the agent: it was to be heard just now.
        if (heardMs - (window.hyponemaHeardAt ?? 0) > 100) return
        setTimeout(() => silences.push(Math.max(0, (window.hyponemaHeardAt ?? 0) - heardMs)), 600)
      })
    }
  }
}
