/**
 * The talk page of an agent with a voice, in a real Chromium: the real pages and assets, a stub in the server's place, and a
 * tap on what goes to the loudspeaker.
 */
import { execFileSync } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { createPages } from '../../packages/server/src/http/pages/create-pages.ts'
import { VoiceStub } from './voice-stub.ts'

export const sessionId = 'ses_01jd3v7t6zf3m8k2x9w4c5b6n7'

export type VoicePageServer = { readonly stub: VoiceStub; readonly url: string; readonly minted: () => number }

/** Serves the page, and mints sessions that speak; `listens` false is an agent without a key for speech-to-text. */
export async function serveVoicePage(options: { listens: boolean; ticketMs?: number }): Promise<VoicePageServer> {
  buildOnce()
  const pages = await createPages({
    assetsFolder: fileURLToPath(new URL('../../packages/widget/dist', import.meta.url)),
    talk: true,
  })
  let minted = 0
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'POST') {
      response.writeHead(201, { 'Content-Type': 'application/json' })
      if (request.url?.endsWith('/sessions') === true) minted += 1
      response.end(JSON.stringify(talkSession(minted, options)))
      return
    }
    void Promise.resolve(pages.fetch(new Request(new URL(request.url ?? '/', 'http://127.0.0.1')))).then(
      async (page) => {
        response.writeHead(page.status, Object.fromEntries(page.headers))
        response.end(new Uint8Array(await page.arrayBuffer()))
      },
    )
  }
  const stub = new VoiceStub(listener)
  const host = await stub.listen()
  return { stub, url: `http://${host}/talk/agt_01jd3v7t6zf3m8k2x9w4c5b6n7`, minted: () => minted }
}

let isBuilt = false

function buildOnce(): void {
  if (isBuilt) return
  execFileSync(process.execPath, [fileURLToPath(new URL('../../tools/build-widget.mjs', import.meta.url))])
  isBuilt = true
}

function talkSession(number: number, options: { listens: boolean; ticketMs?: number }): object {
  return {
    session: {
      id: sessionId,
      status: 'pending',
      token: `connect-${number}`,
      expires_at: new Date(Date.now() + (options.ticketMs ?? 300_000)).toISOString(),
      messages_url: null,
      ws_url: `/v1/sessions/${sessionId}/voice`,
    },
    voice: { listens: options.listens },
    agent: { name: 'Riverside Clinic', title: 'AI receptionist', language: 'en-GB' },
    retention: { days: 30, sealed: true },
    policy: { name: 'clinic', version: 7, sha256: '4c1e9a0b' },
  }
}

export function launchVoiceBrowser(executablePath: string, microphoneFile?: string): Promise<Browser> {
  const file = microphoneFile === undefined ? [] : [`--use-file-for-fake-audio-capture=${microphoneFile}`]
  return chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--use-fake-device-for-media-stream', ...file],
  })
}

export type VoicePage = {
  readonly page: Page
  readonly context: BrowserContext
  readonly complaints: () => readonly string[]
  /** The loudest that went to the loudspeaker since the last call, 0 to 1. */
  readonly loudest: () => Promise<number>
  readonly phase: (name: string) => Promise<void>
}

export async function openVoicePage(
  browser: Browser,
  server: VoicePageServer,
  options: {
    microphone?: 'granted' | 'denied'
    viewport?: { width: number; height: number }
    colorScheme?: 'light' | 'dark'
  } = {},
): Promise<VoicePage> {
  const context = await browser.newContext({
    viewport: options.viewport ?? { width: 1180, height: 760 },
    colorScheme: options.colorScheme ?? 'light',
    permissions: (options.microphone ?? 'granted') === 'granted' ? ['microphone'] : [],
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.addInitScript(tapLoudspeaker)
  await page.addInitScript(watchMicrophone)
  await page.goto(server.url)
  await page.locator('main[data-phase="waiting"]').waitFor()
  return {
    page,
    context,
    complaints: () => complaints,
    loudest: () => page.evaluate(() => window.hyponemaLoudest?.() ?? -1),
    phase: (name) => page.locator(`main[data-phase="${name}"]`).waitFor(),
  }
}

declare global {
  interface Window {
    /** The loudest sample since the last call. */
    hyponemaLoudest?: () => number
    /** The microphone's track, once there is one. */
    hyponemaMicrophone?: MediaStreamTrack
    /** When, by `performance.now`, something was heard last. */
    hyponemaHeardAt?: number
  }
}

/** Runs in the page before its own script: whatever is connected to a loudspeaker is connected to a listener as well. */
export function tapLoudspeaker(): void {
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its node below
  const { connect } = AudioNode.prototype
  let loudest = 0
  window.hyponemaLoudest = () => {
    const since = loudest
    loudest = 0
    return since
  }
  Reflect.set(AudioNode.prototype, 'connect', function tapped(this: AudioNode, ...to: unknown[]) {
    if (to[0] instanceof AudioDestinationNode) {
      const analyser = this.context.createAnalyser()
      // About 10 ms of audio, looked at about as often.
      analyser.fftSize = 256
      Reflect.apply(connect, this, [analyser])
      const samples = new Float32Array(analyser.fftSize)
      setInterval(() => {
        analyser.getFloatTimeDomainData(samples)
        const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
        loudest = Math.max(loudest, peak)
        if (peak > 0.001) window.hyponemaHeardAt = performance.now()
      }, 4)
    }
    const connected: unknown = Reflect.apply(connect, this, to)
    return connected
  })
}

/** Runs in the page before its own script: the microphone stays in sight, so that a test sees it being let go. */
function watchMicrophone(): void {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await ask(constraints)
    const track = stream.getAudioTracks()[0]
    if (track !== undefined) window.hyponemaMicrophone = track
    return stream
  }
}

/** A tone of 440 Hz at 24 kHz, as loud as a clear voice. */
export function tone(ms: number): Buffer {
  const samples = Int16Array.from(
    { length: ms * 24 },
    (_, index) => 9000 * Math.sin((2 * Math.PI * 440 * index) / 24_000),
  )
  return Buffer.from(samples.buffer)
}

/** A mono WAV file, 16 bits. */
export function wavFile(samples: Int16Array, rate: number): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples.byteLength, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.byteLength, 40)
  return Buffer.concat([header, Buffer.from(samples.buffer)])
}
