/**
 * The official client in a real Chromium, as a customer's page would use it: bundled from its packages as they are, on an
 * origin of its own, with the stock media manager. That one loads its worklets from `blob:` URLs, so the page has no
 * Content-Security-Policy that would forbid it; ours need none of this.
 */
import { createServer, type Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { PageOptions } from './browser-page.ts'
import { ClientRecording } from './client-recording.ts'
import type { OfficialClient } from './official-client.ts'

export type BrowserClient = OfficialClient & {
  readonly page: Page
  /** Asks the page's own backend for a session, as the client's `startBotAndConnect` does. */
  readonly startBotAndConnect: () => Promise<unknown>
  /** How often the stock player had to begin: once for each stretch of sound, and once more for each gap in it. */
  readonly playerStarts: () => Promise<number>
}

export type CustomerSite = {
  readonly origin: string
  /** What the site's backend answers when its page asks for a session. */
  onStart: (() => Promise<unknown>) | undefined
  readonly close: () => Promise<void>
}

/** The customer's site: one page, its script, and a backend that opens sessions. */
export async function startCustomerSite(): Promise<CustomerSite> {
  const script = await bundlePage()
  const site: { onStart: (() => Promise<unknown>) | undefined } = { onStart: undefined }
  const server = createServer((request, response) => {
    const send = (type: string, body: string): void => {
      response.writeHead(200, { 'content-type': type }).end(body)
    }
    if (request.url === '/page.js') return send('text/javascript', script)
    if (request.url === '/') return send('text/html', '<!doctype html><script type="module" src="/page.js"></script>')
    if (request.url !== '/start' || site.onStart === undefined) return void response.writeHead(404).end()
    void site.onStart().then((answer) => send('application/json', JSON.stringify(answer)))
  })
  const port = await listen(server)
  return Object.assign(site, {
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  })
}

/** A browser whose microphone hears this file once. */
export function launchBrowserWithMicrophone(executablePath: string, wavPath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-audio-capture=${wavPath}%noloop`,
    ],
  })
}

export async function openBrowserClient(
  browser: Browser,
  site: CustomerSite,
  options: Partial<PageOptions> = {},
): Promise<BrowserClient> {
  const context = await browser.newContext({ permissions: ['microphone'] })
  const page = await context.newPage()
  const recording = new ClientRecording()
  const received: Buffer[] = []
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => void received.push(Buffer.from(payload)))
  })
  page.on('pageerror', (error) => recording.recorder.log('error', String(error)))
  await page.exposeFunction('officialBridge', (kind: string, ...parts: readonly unknown[]) =>
    take(recording, kind, parts),
  )
  await page.addInitScript(countPlayerStarts)
  await page.goto(site.origin)
  await page.waitForFunction(() => window.officialClient !== undefined)
  await page.evaluate((chosen) => window.officialClient?.open(chosen), {
    microphone: false,
    recorderRate: 16_000,
    ...options,
  })
  return {
    page,
    recording,
    connect: (params) => page.evaluate((chosen) => window.officialClient?.connect(chosen), params),
    startBotAndConnect: () =>
      page.evaluate(() => window.officialClient?.startBotAndConnect(`${location.origin}/start`)),
    sendText: (text, chosen = {}) =>
      page.evaluate(([content, how]) => window.officialClient?.sendText(content, how), [text, chosen] as const),
    disconnectBot: () => page.evaluate(() => window.officialClient?.disconnectBot()),
    disconnect: () => page.evaluate(() => window.officialClient?.disconnect()),
    sendEverythingElse: () => page.evaluate(() => window.officialClient?.sendEverythingElse()),
    sendWhatIsRefused: () => page.evaluate(() => window.officialClient?.sendWhatIsRefused()),
    everythingReceived: () => `${recording.asText()}${Buffer.concat(received).toString('latin1')}`,
    playerStarts: () => page.evaluate(() => window.officialPlayerStarts ?? 0),
    close: () => context.close(),
  }
}

declare global {
  interface Window {
    officialPlayerStarts?: number
  }
}

/** Runs in the page, before its script. The stock player makes a new node when it has run dry. */
function countPlayerStarts(): void {
  const Original = window.AudioWorkletNode
  window.officialPlayerStarts = 0
  window.AudioWorkletNode = class extends Original {
    constructor(context: BaseAudioContext, name: string, options?: AudioWorkletNodeOptions) {
      super(context, name, options)
      if (name === 'stream_processor') window.officialPlayerStarts = (window.officialPlayerStarts ?? 0) + 1
    }
  }
}

function take({ recorder }: ClientRecording, kind: string, [first, second, third]: readonly unknown[]): void {
  if (kind === 'note') recorder.note(String(first), second, Number(third))
  else if (kind === 'hear') recorder.hear(String(first), Number(second))
  else recorder.log(String(first), String(second))
}

async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./browser-page.ts', import.meta.url))],
    write: false,
    bundle: true,
    format: 'esm',
    target: 'chrome123',
    define: { global: 'globalThis' },
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
