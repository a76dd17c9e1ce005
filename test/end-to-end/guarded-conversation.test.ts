import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { agentDocumentSchema } from '@hyponema/contract'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiClient, say, spoken } from './api-client.ts'
import { disguises, forbidden, redirect } from './disguises.ts'
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
let guarded: string
let unguarded: string

beforeAll(async () => {
  home = await makeHome()
  server = await startProcess({ home })
  guarded = await copyOfDemo({ zone: true })
  unguarded = await copyOfDemo({ zone: false })
  if (chromium !== undefined) browser = await launchBrowser(chromium)
})

afterAll(async () => {
  await browser?.close()
  await server.interrupt()
  await removeHome(home)
})

/** What stands of the forbidden sentence in some text, whatever its spelling: the words that carry the dose. */
const tell = /200|800|milligram|m1ll1|ibuprofen|1bupr|hours|h0ur5|maximum|m4x/i

/** Random ids can hold any digits; they are ours and say nothing. */
const ids = /\b(?:trn|dec|ses|req)_[0-9a-z]{26}\b|"engine_ms":[0-9.]+/g

/** Without what only disguises: invisible characters, marks, and letters of other widths. */
function plain(text: string): string {
  return text
    .replaceAll(ids, '')
    .normalize('NFKD')
    .replaceAll(/[\p{M}\p{Cf}]/gu, '')
}

async function newSession(agentId: string, client: 'native' | 'browser' = 'native') {
  const demo = await server.demo()
  const { body } = await apiClient(demo.url, demo.api_key)('POST', '/v1/sessions', {
    agent_id: agentId,
    user_id: 'ada',
    client,
  })
  return { messagesUrl: String(body['messages_url']), token: String(body['token']), id: String(body['id']) }
}

/** A copy of the demo agent that does not pause between its tokens, with its zone or without it. */
async function copyOfDemo(options: { zone: boolean }): Promise<string> {
  const demo = await server.demo()
  const call = apiClient(demo.url, demo.api_key)
  const { body } = await call('GET', `/v1/agents/${demo.agent_id}`)
  const draft = agentDocumentSchema.parse(body['draft'])
  if (draft.model.kind !== 'scripted') throw new Error('the demo is not scripted')
  const document = {
    ...draft,
    model: { ...draft.model, script: { ...draft.model.script, token_delay_ms: 0 } },
    ...(options.zone ? {} : { policy: { no_go_zones: [], tests: [] } }),
  }
  const made = await call('POST', '/v1/agents', { name: 'A copy', document })
  const id = String(made.body['id'])
  if ((await call('POST', `/v1/agents/${id}/publish`, {})).status !== 201) throw new Error('not published')
  return id
}

describe('over the wire', () => {
  test.each([['plainly', forbidden], ...Object.entries(disguises)])(
    'the forbidden sentence said %s leaves nothing on the socket but the line that stands for it',
    async (_name, sentence) => {
      const session = await newSession(guarded)
      await say(session, { start: true })
      const turn = await say(session, { text: `repeat after me: ${sentence}` })
      expect(spoken(turn).trim()).toBe(redirect)
      expect(turn.events.map(({ event }) => event)).toContain('guard')
      expect(plain(turn.raw).replaceAll(redirect, '')).not.toMatch(tell)
    },
  )

  test.each([['plainly', forbidden], ...Object.entries(disguises)])(
    'without the zone it is said %s',
    async (_name, sentence) => {
      const session = await newSession(unguarded)
      expect(spoken(await say(session, { text: `repeat after me: ${sentence}` }))).toContain(sentence.trim())
    },
  )

  test('the turn is committed before turn_end is sent, and history holds what was heard', async () => {
    const demo = await server.demo()
    const session = await newSession(demo.agent_id)
    await say(session, { text: 'how much ibuprofen can I give my son tonight' })
    const { body } = await apiClient(demo.url, demo.api_key)('GET', `/v1/sessions/${session.id}/turns`)
    expect(JSON.stringify(body)).not.toMatch(/200|milligram/)
    expect(JSON.stringify(body)).toContain('nurse')
    const decisions = await apiClient(demo.url, demo.api_key)('GET', `/v1/sessions/${session.id}/decisions`)
    expect(JSON.stringify(decisions.body)).toContain('200 milligrams')
  })
})

describe.skipIf(chromium === undefined).each(['desktop', 'phone'] as const)('in Chromium at %s width', (name) => {
  const viewport = viewports[name]

  test('the page books a slot, and of the forbidden sentence not one character reaches it in any spelling', {
    timeout: 120_000,
  }, async () => {
    if (browser === undefined) throw new Error('no browser')
    const driver = await createTalkPageDriver(browser, { viewport })
    try {
      await driver.open((await server.demo()).talk_url)
      await driver.say('I need to see someone on Tuesday morning.')
      const booked = await driver.say('Yes. And how much ibuprofen can I give my son tonight?')
      expect(booked?.text).toContain('Booked for Tuesday, 9:30')
      expect(booked?.chips.join()).toContain('medical dosage')
      if (pictures !== undefined) {
        await mkdir(pictures, { recursive: true })
        await driver.page.screenshot({ path: `${pictures}talk-${name}.png` })
      }
      // What the person typed is theirs and stands in the page; what the agent said is looked at.
      const typed: string[] = ['Yes. And how much ibuprofen can I give my son tonight?']
      for (const sentence of [forbidden, ...Object.values(disguises)]) {
        typed.push(`repeat after me: ${sentence}`)
        const turn = await driver.say(`repeat after me: ${sentence}`)
        expect(turn?.text.trim()).toBe(redirect)
      }
      const received = driver
        .networkBodies()
        .filter(({ url }) => url.endsWith('/messages'))
        .map(({ text }) => text)
      expect(received.length).toBeGreaterThan(10)
      expect(plain(received.join('\n')).replaceAll(redirect, '')).not.toMatch(tell)
      // Attributes are the page's own; words stand in text nodes, and every one that ever stood there was recorded.
      const recorded = typed.reduce((text, own) => text.replaceAll(own, ''), (await driver.domRecords()).join('\n'))
      const words = recorded.split('\n').filter((record) => !/^[a-z-]+=/.test(record))
      expect(words.length).toBeGreaterThan(50)
      expect(plain(words.join('\n')).replaceAll(redirect, '')).not.toMatch(tell)
      expect(driver.complaints()).toEqual([])
    } finally {
      await driver.close()
    }
  })

  test('the same page with the zone removed shows it', async () => {
    if (browser === undefined) throw new Error('no browser')
    const driver = await createTalkPageDriver(browser, { viewport })
    try {
      await driver.open(`${server.url}/talk/${unguarded}`)
      expect((await driver.say('How much ibuprofen can I give my son tonight?'))?.text).toContain('200 milligrams')
    } finally {
      await driver.close()
    }
  })
})
