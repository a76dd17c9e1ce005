/**
 * Drives the talk page in a real Chromium and records everything that reached it, by two independent ways:
 * the bytes of every answer as the browser's network stack received them (CDP `Network.dataReceived` with the stream's own
 * chunks), and everything that ever stood in the document, by a MutationObserver that is in place before the page's script.
 * Neither looks at the final text, so what was shown for a moment and taken away is still found.
 */
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core'

export const viewports = {
  desktop: { width: 1180, height: 760 },
  phone: { width: 390, height: 780 },
  narrow: { width: 320, height: 700 },
} as const

export type TalkPageDriver = {
  readonly page: Page
  /** Everything that ever stood in the document: each text node's value after each change, and each attribute's. */
  readonly domRecords: () => Promise<readonly string[]>
  /** Every answer body the page received, as text, one entry for each request, streams and unfinished ones included. */
  readonly networkBodies: () => readonly NetworkBody[]
  /** Every frame that a socket of the page received, as it came. */
  readonly socketFrames: () => readonly Buffer[]
  /** Console errors, page errors and refusals of the Content-Security-Policy. A healthy run has none. */
  readonly complaints: () => readonly string[]
  /** Opens the page and waits for the end of the greeting. */
  readonly open: (talkUrl: string) => Promise<void>
  /** Types a message, presses Enter, waits for the end of the answer, and returns the transcript's last agent turn. */
  readonly say: (text: string) => Promise<TranscriptTurn | undefined>
  readonly transcript: () => Promise<readonly TranscriptTurn[]>
  /** The rows of Decisions, newest first, as one line each. */
  readonly decisions: () => Promise<readonly string[]>
  readonly end: () => Promise<void>
  readonly close: () => Promise<void>
}

export type TranscriptTurn = { readonly who: string; readonly text: string; readonly chips: readonly string[] }
export type NetworkBody = {
  readonly url: string
  readonly method: string
  readonly status: number | undefined
  readonly text: string
}

/** One browser for a test file; close it in afterAll. */
export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** A fresh context with nothing kept from an earlier one, and a page with the recorders in place. */
export async function createTalkPageDriver(
  browser: Browser,
  options: {
    viewport?: { width: number; height: number }
    colorScheme?: 'light' | 'dark'
    reducedMotion?: 'reduce'
  } = {},
): Promise<TalkPageDriver> {
  const context = await browser.newContext({
    viewport: options.viewport ?? viewports.desktop,
    colorScheme: options.colorScheme ?? 'light',
    reducedMotion: options.reducedMotion ?? null,
  })
  const page = await context.newPage()
  await page.addInitScript(recordDocument)
  const cdp = await context.newCDPSession(page)
  const network = await recordNetwork(cdp)
  const frames: Buffer[] = []
  cdp.on('Network.webSocketFrameReceived', ({ response }) => {
    frames.push(Buffer.from(response.payloadData, response.opcode === 2 ? 'base64' : 'utf8'))
  })
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))

  const isIdle = () =>
    page.locator('main[data-phase="ready"], main[data-phase="ended"], main[data-phase="unopened"]').waitFor()
  const transcript = async () => page.locator('.turn:not([hidden])').evaluateAll(readTurns)
  return {
    page,
    domRecords: () => page.evaluate(() => [...(window.hyponemaRecords ?? [])]),
    networkBodies: network,
    socketFrames: () => frames,
    complaints: () => [...complaints],
    open: async (talkUrl) => {
      await page.goto(talkUrl)
      await page.locator('main:not([data-phase="opening"])').waitFor()
      const start = page.getByRole('button', { name: 'Start talking' })
      if (await start.isVisible()) await start.click()
      // The greeting: a whole agent turn, or the notice that says why there is none.
      await page.locator('.turn.agent:not([data-status="writing"]), .notice:not([hidden])').first().waitFor()
      await isIdle()
    },
    say: async (text) => {
      await page.locator('main[data-phase="ready"]').waitFor()
      await page.getByLabel('Message').fill(text)
      // Sending leaves the idle phases within the same key press, so the wait below is for this answer.
      await page.getByLabel('Message').press('Enter')
      await isIdle()
      return (await transcript()).findLast((turn) => turn.who.startsWith('Agent'))
    },
    transcript,
    decisions: () => page.locator('.row').evaluateAll(readRows),
    end: async () => {
      await page.getByRole('button', { name: 'End', exact: true }).click()
      await page.locator('main[data-phase="ended"]').waitFor()
    },
    close: () => context.close(),
  }
}

declare global {
  interface Window {
    hyponemaRecords?: string[]
  }
}

/** Runs in the page, before its own script. */
function recordDocument(): void {
  const records: string[] = []
  window.hyponemaRecords = records
  function keep(node: Node): void {
    if (node instanceof Element)
      for (const attribute of node.attributes) records.push(`${attribute.name}=${attribute.value}`)
    else if (node.nodeValue !== null) records.push(node.nodeValue)
    for (const child of node.childNodes) keep(child)
  }
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.oldValue !== null) records.push(change.oldValue)
      if (change.type === 'childList') for (const node of [...change.addedNodes, ...change.removedNodes]) keep(node)
      else keep(change.target)
    }
  }).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    characterDataOldValue: true,
    attributes: true,
    attributeOldValue: true,
  })
}

function readTurns(nodes: readonly Element[]): TranscriptTurn[] {
  return nodes.map((node) => ({
    who: node.querySelector('.who')?.textContent ?? '',
    text: node.querySelector('p')?.textContent ?? '',
    chips: [...node.querySelectorAll('.chip')].map((chip) => chip.textContent ?? ''),
  }))
}

function readRows(rows: readonly Element[]): string[] {
  return rows.map((row) => [...row.querySelectorAll('p, small')].map((part) => part.textContent ?? '').join(' | '))
}

/**
 * Streams each answer's body out of the network stack as it comes in. `Network.streamResourceContent` is asked for as soon as
 * the headers are there, and hands over what had already been buffered, so that nothing is missed.
 */
async function recordNetwork(cdp: CDPSession): Promise<() => readonly NetworkBody[]> {
  const requests = new Map<
    string,
    { url: string; method: string; status: number | undefined; chunks: Buffer[]; buffered: Buffer }
  >()
  cdp.on('Network.requestWillBeSent', ({ requestId, request }) => {
    requests.set(requestId, {
      url: request.url,
      method: request.method,
      status: undefined,
      chunks: [],
      buffered: Buffer.alloc(0),
    })
  })
  cdp.on('Network.responseReceived', ({ requestId, response }) => {
    const seen = requests.get(requestId)
    if (seen === undefined) return
    seen.status = response.status
    cdp
      .send('Network.streamResourceContent', { requestId })
      .then(({ bufferedData }) => {
        seen.buffered = Buffer.from(bufferedData, 'base64')
      })
      .catch(() => undefined)
  })
  cdp.on('Network.dataReceived', ({ requestId, data }) => {
    if (data !== undefined) requests.get(requestId)?.chunks.push(Buffer.from(data, 'base64'))
  })
  cdp.on('Network.loadingFinished', ({ requestId }) => {
    const seen = requests.get(requestId)
    if (seen === undefined) return
    // A short answer was over before streaming could begin; its body is still kept.
    cdp
      .send('Network.getResponseBody', { requestId })
      .then(({ body, base64Encoded }) => {
        const whole = Buffer.from(body, base64Encoded ? 'base64' : 'utf8')
        if (whole.length > seen.buffered.length + Buffer.concat(seen.chunks).length) {
          seen.buffered = whole
          seen.chunks = []
        }
      })
      .catch(() => undefined)
  })
  await cdp.send('Network.enable', { maxTotalBufferSize: 50_000_000, maxResourceBufferSize: 10_000_000 })
  return () =>
    [...requests.values()].map(({ url, method, status, chunks, buffered }) => ({
      url,
      method,
      status,
      text: Buffer.concat([buffered, ...chunks]).toString('utf8'),
    }))
}
