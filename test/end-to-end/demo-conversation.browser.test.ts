/** The demo as a newcomer meets it: over the wire with its key, and on its page at both widths. */
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiClient, say, spoken } from './api-client.ts'
import { redirect } from './disguises.ts'
import { findBrowser } from './find-browser.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'
import { createTalkPageDriver, launchBrowser, viewports } from './talk-page-driver.ts'

const chromium = findBrowser()
const pictures =
  process.env['HYPONEMA_WRITE_PICTURES'] === '1'
    ? fileURLToPath(new URL('../../docs/pictures/', import.meta.url))
    : undefined
let home: string
let server: ServerProcess
let browser: Browser | undefined

beforeAll(async () => {
  home = await makeHome()
  server = await startProcess({ home })
  if (chromium !== undefined) browser = await launchBrowser(chromium)
})

afterAll(async () => {
  await browser?.close()
  await server.interrupt()
  await removeHome(home)
})

test('the blocked words lie in the sealed decision alone, not in the transcript', async () => {
  const demo = await server.demo()
  const call = apiClient(demo.url, demo.api_key)
  const { body } = await call('POST', '/v1/sessions', { agent_id: demo.agent_id, user_id: 'ada' })
  const session = { messagesUrl: String(body['messages_url']), token: String(body['token']) }
  expect(spoken(await say(session, { start: true }))).toContain('AI receptionist')
  expect(spoken(await say(session, { text: 'how much ibuprofen can I give my son tonight' })).trim()).toBe(redirect)
  const turns = await call('GET', `/v1/sessions/${String(body['id'])}/turns`)
  expect(JSON.stringify(turns.body)).toContain('nurse')
  expect(JSON.stringify(turns.body)).not.toMatch(/milligram|every six hours/)
  const decisions = await call('GET', `/v1/sessions/${String(body['id'])}/decisions`)
  expect(JSON.stringify(decisions.body)).toContain('200 milligrams')
})

// Side by side: both mostly wait for the agent to have spoken.
describe.skipIf(chromium === undefined).concurrent('in Chromium', () => {
  test.each(['desktop', 'phone'] as const)(
    'the page books a slot at %s width, and shows where the guard stepped in',
    async (name) => {
      if (browser === undefined) throw new Error('no browser')
      const driver = await createTalkPageDriver(browser, { viewport: viewports[name] })
      try {
        await driver.open((await server.demo()).talk_url)
        const offered = await driver.say('I need to see someone on Tuesday morning.')
        expect(offered?.text).toMatch(
          /^Tuesday at 9:30 with Dr. Marsh is free\. Just to be sure, .* Please say yes or no\.$/,
        )
        const asked = await driver.say('Yes. And how much ibuprofen can I give my son tonight?')
        expect(asked?.text).toContain(`${redirect} Just to be sure, shall I do this: book visit`)
        expect(asked?.chips).toEqual(['Reply redirected: medical dosage'])
        const booked = await driver.say('Yes, please.')
        expect(booked?.text).toContain('Booked for Tuesday, 9:30')
        expect(driver.complaints()).toEqual([])
        if (pictures === undefined) return
        await mkdir(pictures, { recursive: true })
        await driver.page.screenshot({ path: `${pictures}talk-${name}.png` })
      } finally {
        await driver.close()
      }
    },
  )
})
