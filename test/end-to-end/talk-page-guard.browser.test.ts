/**
 * "Not one character reaches the page", said so that it can be counted. The words of the model come from a script of our own
 * agent, so nobody types them. Then:
 * - each byte of an answer is accounted for: it equals the events that stand in the contract, built from ids, the zone's
 *   public names, a duration and the line that stands in its place;
 * - whatever stood in the page for a moment also stood in a page whose model tried to say something else, ids and times
 *   aside. So it does not depend on what was withheld, and tells nothing of it.
 * The same agent without its zone says all of it, through the same recorders.
 */
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { apiClient } from './api-client.ts'
import { disguises, forbidden, redirect } from './disguises.ts'
import { findBrowser } from './find-browser.ts'
import { openSession, publishAgent } from './published-agent.ts'
import { rawRequest } from './raw-request.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'
import { createTalkPageDriver, launchBrowser, type TalkPageDriver, viewports } from './talk-page-driver.ts'

const chromium = findBrowser()
const pictures =
  process.env['HYPONEMA_WRITE_PICTURES'] === '1'
    ? fileURLToPath(new URL('../../docs/pictures/', import.meta.url))
    : undefined
const spellings = [['plainly', forbidden], ...Object.entries(disguises)].map(([name = '', sentence = ''], index) => ({
  name,
  sentence,
  /** Harmless, and all of one shape: what is typed must not be what tells the runs apart. */
  asked: `number ${String.fromCodePoint(97 + index)} please`,
}))
/** Another dose of something else: what the page shows when this is withheld is what it may show at all. */
const other = { sentence: 'Take one tablet of paracetamol every four hours.', asked: 'number z please' }
const documentSchema = z.object({
  draft: z.looseObject({ policy: z.record(z.string(), z.unknown()), persona: z.record(z.string(), z.unknown()) }),
})

let home: string
let server: ServerProcess
let call: ReturnType<typeof apiClient>
let guarded: string
let unguarded: string
let browser: Browser | undefined

beforeAll(async () => {
  home = await makeHome()
  server = await startProcess({ home })
  const demo = await server.demo()
  call = apiClient(server.url, demo.api_key)
  const { draft } = documentSchema.parse((await call('GET', `/v1/agents/${demo.agent_id}`)).body)
  const script = {
    rules: [...spellings, other].map(({ asked, sentence }) => ({ when: [asked], say: [sentence] })),
    otherwise: 'Hello.',
    // One write for each token, so that the gate never sees the sentence whole.
    token_delay_ms: 1,
  }
  // Without a voice, the page reads its answers as Server-Sent Events; talk-page-voice.browser.test.ts does the same by ear.
  const { voice: _voice, ...silent } = draft
  const document = { ...silent, model: { kind: 'scripted', script }, tools: [], notes: [] }
  guarded = await publishAgent(call, 'Guarded', { ...document, policy: { ...silent.policy, tests: [] } })
  unguarded = await publishAgent(call, 'Unguarded', { ...document, policy: { no_go_zones: [], tests: [] } })
  if (chromium !== undefined) browser = await launchBrowser(chromium)
})

afterAll(async () => {
  await browser?.close()
  await server.interrupt()
  await removeHome(home)
})

/** The whole answer as the contract has it, for the ids and the duration that these bytes carry. */
function accountedFor(body: string): string {
  const [turnId = ''] = /trn_[0-9a-z]{26}/.exec(body) ?? []
  const [decisionId = ''] = /dec_[0-9a-z]{26}/.exec(body) ?? []
  const [, engineMs = ''] = /"engine_ms":(\d+(?:\.\d+)?)/.exec(body) ?? []
  const line = (event: string, data: object): string =>
    `event: ${event}\ndata: ${JSON.stringify({ turn_id: turnId, ...data })}\n\n`
  const rule = {
    zone: 'medical dosage',
    rule_id: 'agent/medical-dosage',
    engine_ms: Number(engineMs),
    characters_heard: 0,
  }
  return [
    line('turn_start', { role: 'agent' }),
    line('guard', { decision_id: decisionId, stage: 'output', action: 'replace', ...rule }),
    line('token', { text: redirect }),
    line('turn_end', { status: 'complete', session_status: 'in_progress' }),
  ].join('')
}

async function answerTo(agentId: string, asked: string): Promise<string> {
  const session = await openSession(call, agentId)
  const headers = [`Authorization: Bearer ${session.token}`]
  return (await rawRequest({ url: session.messagesUrl, method: 'POST', headers, body: { text: asked } })).body
}

function tokensIn(body: string): string[] {
  return [...body.matchAll(/^event: token\ndata: (.*)$/gm)].map(
    ([, data = '']) => z.object({ text: z.string() }).parse(JSON.parse(data)).text,
  )
}

describe.concurrent('on a plain socket', () => {
  test.each(spellings)('every byte is accounted for when the model says it $name', async ({ asked }) => {
    const body = await answerTo(guarded, asked)
    expect(body).toBe(accountedFor(body))
  })

  test.each(spellings)('so it is when the demo is asked to repeat it $name', async ({ sentence }) => {
    const body = await answerTo((await server.demo()).agent_id, `repeat after me: ${sentence}`)
    expect(body).toBe(accountedFor(body))
  })

  test.each(spellings)('without the zone it comes token by token when said $name', async ({ asked, sentence }) => {
    const tokens = tokensIn(await answerTo(unguarded, asked))
    expect(tokens.join('')).toBe(sentence)
    expect(tokens.length).toBeGreaterThan(20)
  })
})

/** Every text and attribute that has stood in the document, without what differs from one visit to the next. */
async function everShown(driver: TalkPageDriver): Promise<ReadonlySet<string>> {
  return new Set(
    (await driver.domRecords()).map((record) =>
      record
        .replaceAll(/number [a-z] please/g, '(asked)')
        .replaceAll(/ses_\S+/g, '(session)')
        .replaceAll(/\d+(?:\.\d+)?/g, '#'),
    ),
  )
}

/** How far the line that stands in for the rest had been written when somebody looked. */
const isLineSoFar = (record: string): boolean => redirect.startsWith(record)

async function onPage(
  options: Parameters<typeof createTalkPageDriver>[1] & { url: string },
  work: (driver: TalkPageDriver) => Promise<void>,
): Promise<void> {
  if (browser === undefined) throw new Error('no browser')
  const driver = await createTalkPageDriver(browser, options)
  try {
    await driver.open(options.url)
    await work(driver)
    expect(driver.complaints()).toEqual([])
  } finally {
    await driver.close()
  }
}

// Side by side: each has a page of its own, and the page in dark colours mostly waits for the agent to have spoken.
describe.skipIf(chromium === undefined).concurrent('in Chromium', { timeout: 120_000 }, () => {
  describe.each(['desktop', 'phone'] as const)('at %s width', (name) => {
    const viewport = viewports[name]

    test('nothing that the page receives or ever shows comes from what was withheld', async () => {
      const url = `${server.url}/talk/${guarded}`
      let allowed: ReadonlySet<string> = new Set()
      await onPage({ viewport, url }, async (driver) => {
        for (let turn = 0; turn < 3; turn += 1) expect((await driver.say(other.asked))?.text).toBe(redirect)
        allowed = await everShown(driver)
      })
      await onPage({ viewport, url }, async (driver) => {
        for (const { asked, name: spelling } of spellings) {
          const turn = await driver.say(asked)
          expect([turn?.text, turn?.chips], spelling).toEqual([redirect, ['Reply redirected: medical dosage']])
        }
        const shown = await everShown(driver)
        expect(shown.size).toBeGreaterThan(20)
        expect([...shown].filter((record) => !allowed.has(record) && !isLineSoFar(record))).toEqual([])
        const answers = driver.networkBodies().filter((body) => body.url.endsWith('/messages'))
        expect(answers).toHaveLength(spellings.length + 1)
        for (const { text } of answers.slice(1)) expect(text).toBe(accountedFor(text))
      })
    })

    test('the same recorders find every spelling when the zone is removed', async () => {
      await onPage({ viewport, url: `${server.url}/talk/${unguarded}` }, async (driver) => {
        for (const { asked, sentence } of spellings) expect((await driver.say(asked))?.text).toBe(sentence)
        const shown = (await driver.domRecords()).join('\n')
        const received = driver
          .networkBodies()
          .flatMap(({ text }) => tokensIn(text))
          .join('')
        for (const { sentence } of spellings) {
          expect(shown).toContain(sentence)
          expect(received).toContain(sentence)
        }
      })
    })
  })

  test('in dark colours the page says as clearly where the guard stepped in', async () => {
    const { talk_url: url } = await server.demo()
    await onPage({ viewport: viewports.desktop, colorScheme: 'dark', url }, async (driver) => {
      const offered = await driver.say('I need to see someone on Tuesday morning.')
      expect(offered?.text).toMatch(
        /^Tuesday at 9:30 with Dr. Marsh is free\. Just to be sure, .* Please say yes or no\.$/,
      )
      const asked = await driver.say('Yes. And how much ibuprofen can I give my son tonight?')
      expect(asked?.text).toContain(`${redirect} Just to be sure, shall I do this: book visit`)
      expect(asked?.chips).toEqual(['Reply redirected: medical dosage'])
      const booked = await driver.say('Yes, please.')
      expect(booked?.text).toContain('Booked for Tuesday, 9:30, with Dr. Marsh.')
      if (pictures === undefined) return
      await mkdir(pictures, { recursive: true })
      await driver.page.screenshot({ path: `${pictures}talk-dark.png` })
    })
  })
})
