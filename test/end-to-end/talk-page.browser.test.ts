/**
 * The talk page by itself in a real Chromium, against routes that play the server's part: what the page does with the keyboard,
 * with narrow screens, with hostile words and with a server that fails. The whole product is driven elsewhere.
 */

import { execFileSync } from 'node:child_process'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPages } from '../../packages/server/src/http/pages/create-pages.ts'
import { findBrowser } from './find-browser.ts'
import { createTalkPageDriver, launchBrowser, type TalkPageDriver, viewports } from './talk-page-driver.ts'

const chromium = findBrowser()
const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script><b>bold</b> &amp; "'
let browser: Browser
let server: Server
let url: string

beforeAll(async () => {
  if (chromium === undefined) return
  execFileSync(process.execPath, [fileURLToPath(new URL('../../tools/build-widget.mjs', import.meta.url))])
  const pages = await createPages({
    assetsFolder: fileURLToPath(new URL('../../packages/widget/dist', import.meta.url)),
    talk: true,
  })
  server = createServer((request, response) => {
    if (request.url?.endsWith('/events') === true) {
      openEvents(request, response)
      return
    }
    const answer = request.method === 'POST' ? play(request, response) : servePage(pages, request, response)
    answer.catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  const { promise: isListening, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await isListening
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  url = `http://127.0.0.1:${port}/talk/agt_01jd3v7t6zf3m8k2x9w4c5b6n7`
  browser = await launchBrowser(chromium)
})

afterAll(async () => {
  if (chromium === undefined) return
  await browser.close()
  server.closeAllConnections()
  server.close()
})

async function servePage(
  pages: Awaited<ReturnType<typeof createPages>>,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const page = await pages.fetch(new Request(new URL(request.url ?? '/', url)))
  response.writeHead(page.status, Object.fromEntries(page.headers))
  response.end(new Uint8Array(await page.arrayBuffer()))
}

/** What is said between messages, for each session that has it open. */
const eventStreams = new Map<string, ServerResponse>()

function sessionIn(request: IncomingMessage): string {
  return /ses_[a-z0-9-]+/.exec(request.url ?? '')?.[0] ?? ''
}

function openEvents(request: IncomingMessage, response: ServerResponse): void {
  const hasToken = request.headers.authorization === 'Bearer token-1'
  response.writeHead(hasToken ? 200 : 401, { 'Content-Type': 'text/event-stream' })
  if (!hasToken) {
    response.end()
    return
  }
  response.write('event: escalation\ndata: {"state":"with_agent"}\n\n')
  eventStreams.set(sessionIn(request), response)
}

/** Somebody takes over and says this. */
function takeOver(session: string, words: string): void {
  const turn_id = `trn_${crypto.randomUUID()}`
  const send = (event: string, data: object) =>
    eventStreams.get(session)?.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  send('escalation', { state: 'with_person' })
  send('turn_start', { turn_id, role: 'operator' })
  for (const word of words.split(/(?<= )/)) send('token', { turn_id, text: word })
  send('turn_end', { turn_id, status: 'complete', session_status: 'in_progress' })
}

/** The server's part: a session for everybody, and an answer by what was said. */
async function play(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const json = (status: number, body: object, headers: Record<string, string> = {}) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
  const said = await readText(request)
  if (request.url?.endsWith('/sessions') === true) return json(201, talkSession())
  if (request.url?.endsWith('/end') === true) return json(200, {})
  if (said === 'too fast') {
    const problem = { code: 'request.rate_limited', title: 'Too many requests', retryable: true, request_id: 'req_1' }
    return json(429, problem, { 'Retry-After': '60' })
  }
  const turn_id = `trn_${crypto.randomUUID()}`
  const send = (event: string, data: object) =>
    response.write(`event: ${event}\ndata: ${JSON.stringify({ turn_id, ...data })}\n\n`)
  const say = (words: string) => {
    for (const word of words.split(/(?<= )/)) send('token', { text: word })
  }
  response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  send('turn_start', { role: 'agent' })
  if (said === 'hostile') say(hostile)
  else if (said === 'dosage') {
    say('Let me see. ')
    const rest = { zone: 'medical dosage', rule_id: 'dosage', engine_ms: 0.31, characters_heard: 0 }
    send('guard', { decision_id: `dec_${turn_id}`, stage: 'output', action: 'replace', ...rest })
    say("I can't advise on doses.")
  } else if (said === 'withheld') {
    const rest = { zone: 'medical dosage', rule_id: 'dosage', engine_ms: 0.31, characters_heard: 0 }
    send('guard', { decision_id: `dec_${turn_id}`, stage: 'input', action: 'replace', ...rest })
    say("I can't advise on doses.")
    send('turn_end', { status: 'blocked', session_status: 'in_progress' })
    response.end()
    return
  } else if (said === 'refused tool') {
    const call = { call_id: 'call_1', name: 'book_slot' }
    send('tool_call', call)
    const rest = { zone: 'medical dosage', rule_id: 'dosage', engine_ms: 0.31, characters_heard: 0 }
    send('guard', { decision_id: `dec_${turn_id}`, stage: 'tool_call', action: 'deny', ...rest })
    send('tool_result', { ...call, status: 'failed' })
    say('I may not do that.')
  } else if (said === 'visible tool') {
    const call = { call_id: 'call_1', name: 'find_slot' }
    send('tool_call', { ...call, arguments: JSON.stringify({ day: 'Tuesday' }) })
    send('tool_result', { ...call, status: 'ok', result: JSON.stringify({ slot: hostile }) })
    say('There is one.')
  } else if (said === 'too long') {
    say('On and on and')
    send('turn_end', { status: 'cut', session_status: 'in_progress' })
    response.end()
    return
  } else if (said === 'cut') {
    say('It begins and')
    response.end()
    return
  } else if (said === 'a human') takeOver(sessionIn(request), 'This is Ann. <b>Hello</b>')
  else if (said === 'back')
    eventStreams.get(sessionIn(request))?.write('event: escalation\ndata: {"state":"with_agent"}\n\n')
  else say('How can I help?')
  send('turn_end', { status: 'complete', session_status: 'in_progress' })
  response.end()
}

async function readText(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of request) if (part instanceof Buffer) parts.push(part)
  const body: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'))
  return typeof body === 'object' && body !== null && 'text' in body ? body.text : undefined
}

function talkSession(): object {
  const id = `ses_${crypto.randomUUID()}`
  return {
    session: {
      id,
      status: 'pending',
      token: 'token-1',
      expires_at: new Date(Date.now() + 900_000).toISOString(),
      messages_url: `/v1/sessions/${id}/messages`,
      ws_url: null,
    },
    voice: null,
    agent: { name: 'Riverside Clinic', title: 'AI receptionist', language: 'en-GB' },
    retention: { days: 30, sealed: true },
    policy: { name: 'clinic', version: 7, sha256: '4c1e9a0b' },
  }
}

async function withPage(
  options: Parameters<typeof createTalkPageDriver>[1],
  work: (driver: TalkPageDriver) => Promise<void>,
): Promise<void> {
  const driver = await createTalkPageDriver(browser, options)
  try {
    await driver.open(url)
    await work(driver)
  } finally {
    await driver.close()
  }
}

// Five at a time, each on a page of its own.
describe.skipIf(chromium === undefined).concurrent('the talk page', () => {
  test('holds a conversation by keyboard alone, end and new start included', () =>
    withPage({}, async ({ page, transcript, complaints }) => {
      await page.keyboard.type('Good morning')
      await page.keyboard.press('Enter')
      await page.locator('.turn.agent[data-status="complete"]').nth(1).waitFor()
      expect((await transcript()).map((turn) => turn.text)).toEqual([
        'How can I help?',
        'Good morning',
        'How can I help?',
      ])
      await page.getByRole('button', { name: 'End', exact: true }).press('Enter')
      await page.locator('main[data-phase="ended"]').waitFor()
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Start again')
      await page.keyboard.press('Enter')
      await page.locator('main[data-phase="ready"] .turn[data-status="complete"]').waitFor()
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA')
      expect(complaints()).toEqual([])
    }))

  test('shows and announces where the guard stepped in', () =>
    withPage({}, async ({ page, say, decisions }) => {
      const turn = await say('dosage')
      expect(turn).toEqual({
        who: 'Agent',
        text: "Let me see. I can't advise on doses.",
        chips: ['Reply redirected: medical dosage'],
      })
      expect(await decisions()).toEqual([
        expect.stringMatching(/^Output redirected .*medical.dosage .*0\.3.ms .*0.characters.heard$/),
      ])
      expect(await page.getByRole('alert').textContent()).toBe('Reply redirected: medical dosage')
      expect(await page.getByRole('status').first().textContent()).toBe("Agent: Let me see. I can't advise on doses.")
    }))

  test('shows and announces that a message was withheld and that a tool was refused', () =>
    withPage({}, async ({ page, say, decisions, complaints }) => {
      expect((await say('withheld'))?.chips).toEqual(['Message withheld: medical dosage'])
      expect(await page.getByRole('alert').textContent()).toBe('Message withheld: medical dosage')
      expect((await say('refused tool'))?.chips).toEqual(['Tool refused: medical dosage'])
      expect(await page.getByRole('alert').textContent()).toBe('Tool refused: medical dosage')
      expect((await decisions()).map((row) => row.split(' | ')[0])).toEqual([
        'Tool refused',
        'Tool failed',
        'Message withheld',
      ])
      expect(complaints()).toEqual([])
    }))

  test('shows what a visible tool was asked and answered, as text and never as markup', () =>
    withPage({}, async ({ page, say, decisions, complaints }) => {
      await say('visible tool')
      const [row = ''] = await decisions()
      expect(row).toContain('Tool finished')
      expect(row).toContain('find_slot')
      expect(row).toContain('Asked day: Tuesday')
      expect(row).toContain(`Answered slot: ${hostile}`)
      expect(await page.locator('.row img, .row script, .row b').count()).toBe(0)
      expect(complaints()).toEqual([])
    }))

  test('says that the server cut an answer which had become too long', () =>
    withPage({}, async ({ page, say }) => {
      expect(await say('too long')).toMatchObject({ who: 'Agent, cut off', text: 'On and on and' })
      expect(await page.locator('.notice.plain').innerText()).toContain('The answer was cut off')
      expect(await page.getByRole('status').first().textContent()).toContain('Agent, cut off: On and on and')
    }))

  test('keeps a paste that is too long, says by how much, and sends it when it is shorter', () =>
    withPage({}, async ({ page, transcript }) => {
      const box = page.getByLabel('Message')
      await box.fill('x'.repeat(8003))
      expect(await box.inputValue()).toHaveLength(8003)
      await page.getByText('8,003 of 8,000 characters: too long by 3.').first().waitFor({ state: 'visible' })
      expect(await page.getByRole('status').first().textContent()).toContain('too long by 3')
      expect([await box.getAttribute('aria-invalid'), await box.getAttribute('aria-describedby')]).toEqual([
        'true',
        'hint room',
      ])
      await box.press('Enter')
      expect(await box.inputValue()).toHaveLength(8003)
      for (let pressed = 0; pressed < 3; pressed += 1) await box.press('Backspace')
      await box.press('Enter')
      await page.locator('.turn.agent[data-status="complete"]').nth(1).waitFor()
      expect((await transcript())[1]?.text).toHaveLength(8000)
      expect(await page.locator('.room').isVisible()).toBe(false)
    }))

  test('says in which language the agent speaks, and of its own words and the person’s nothing else', () =>
    withPage({}, async ({ page, say }) => {
      await say('hello')
      expect(await page.locator('.turn').count()).toBe(3)
      expect(await page.locator('.turn.agent p[lang="en-GB"]').count()).toBe(2)
      expect(await page.locator('.turn [lang]').count()).toBe(2)
    }))

  test('leaves the page of the session by Escape, with the focus where it came from', () =>
    withPage({ viewport: viewports.phone }, async ({ page }) => {
      const details = page.getByRole('button', { name: /^Session details/ })
      await details.press('Enter')
      await page.getByLabel('Message').waitFor({ state: 'hidden' })
      await page.keyboard.press('Escape')
      await page.getByLabel('Message').waitFor({ state: 'visible' })
      expect(await details.evaluate((node) => node === document.activeElement)).toBe(true)
      expect(new URL(page.url()).hash).toBe('')
    }))

  test('shows and announces that a person took over, their words as theirs and once, and that they gave back', () =>
    withPage({}, async ({ page, say, transcript, complaints }) => {
      await page.locator('main[data-phase="ready"]').waitFor()
      await say('a human')
      const words = page.locator('.turn.person[data-status="complete"]')
      await words.waitFor()
      expect(await page.locator('.notice').innerText()).toContain('You are now talking to a person')
      expect((await transcript()).filter(({ who }) => who === 'A person')).toEqual([
        { who: 'A person', text: 'This is Ann. <b>Hello</b>', chips: [] },
      ])
      expect(await page.getByRole('status').first().textContent()).toContain('A person: This is Ann.')
      await say('back')
      await page.getByText('You are talking to the agent again').first().waitFor()
      expect(await words.count()).toBe(1)
      expect(complaints()).toEqual([])
    }))

  test('shows hostile words as words', () =>
    withPage({}, async ({ page, say, complaints }) => {
      expect((await say('hostile'))?.text).toBe(hostile)
      expect(await page.locator('main img, main script, main b').count()).toBe(0)
      expect(await page.title()).toBe('Talk to Riverside Clinic')
      expect(complaints()).toEqual([])
    }))

  test('cannot turn text into markup even if its own script tried', () =>
    withPage({}, async ({ page }) => {
      const refused = await page.evaluate(() => {
        try {
          document.body.innerHTML = '<b>markup</b>'
          return 'taken'
        } catch (error) {
          return error instanceof TypeError ? 'refused' : 'other'
        }
      })
      expect(refused).toBe('refused')
    }))

  test('says that an answer was cut, and goes on', () =>
    withPage({}, async ({ page, say }) => {
      expect(await say('cut')).toMatchObject({ who: 'Agent, cut off', text: 'It begins and' })
      expect(await page.locator('.notice.fails').innerText()).toContain('connection was lost in the middle')
      expect((await say('again'))?.text).toBe('How can I help?')
      await page.locator('.notice').waitFor({ state: 'hidden' })
    }))

  test('says how long to wait and offers the message again', () =>
    withPage({}, async ({ page, say }) => {
      await say('too fast')
      const again = page.getByRole('button', { name: /Send again in \d+ s/ })
      expect(await again.getAttribute('aria-disabled')).toBe('true')
    }))

  // 590 x 380 is 1180 x 760 at 200 % zoom.
  test.each([
    ['phone', viewports.phone],
    ['320 px', viewports.narrow],
    ['200 % zoom', { width: 590, height: 380 }],
    ['400 % zoom', { width: 320, height: 256 }],
  ])('fits %s, with a second page for the session', (_name, viewport) =>
    withPage({ viewport }, async ({ page, say, complaints }) => {
      await say('dosage')
      expect(await page.getByText('Decisions').isVisible()).toBe(false)
      await expectToFit(page)
      await page.getByRole('button', { name: /^Session details, 1 decision$/ }).click()
      // The page turns on `hashchange`, which the browser fires after the click has been answered.
      await page.getByText('Output redirected').waitFor({ state: 'visible' })
      await page.getByLabel('Message').waitFor({ state: 'hidden' })
      await expectToFit(page)
      await page.goBack()
      await page.getByLabel('Message').waitFor({ state: 'visible' })
      await page.goForward()
      await page.getByRole('button', { name: 'Conversation' }).click()
      await page.getByLabel('Message').waitFor({ state: 'visible' })
      expect(complaints()).toEqual([])
    }),
  )

  test('moves nothing when reduced motion is asked for', () =>
    withPage({ reducedMotion: 'reduce' }, async ({ page }) => {
      const moving = await page.locator('*').evaluateAll(
        (nodes) =>
          nodes.filter((node) =>
            getComputedStyle(node)
              .transitionDuration.split(', ')
              .some((time) => time !== '0s'),
          ).length,
      )
      expect(moving).toBe(0)
    }))
})

/** No sideways scrolling, and every button and box at least 44 px in both directions (WCAG 2.5.5). */
async function expectToFit(page: TalkPageDriver['page']): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
  const targets = page.locator('button:visible, textarea:visible')
  const sizes = await targets.evaluateAll((nodes) =>
    nodes.map((node) => node.getBoundingClientRect()).map((box) => Math.min(box.width, box.height)),
  )
  for (const size of sizes) expect(size).toBeGreaterThanOrEqual(44)
}
