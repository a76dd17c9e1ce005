/** The page of escalations in a real Chromium against the whole server, its database's signals included. */
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { escalationSchema, pageSchema, parseEmail } from '@hyponema/contract'
import type { Browser, BrowserContext, Page, WebSocketRoute } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Listening, listen } from '../../packages/server/src/commands/listen.ts'
import { findOrCreateIdentity } from '../../packages/server/src/features/sign-in/public.ts'
import { createPages } from '../../packages/server/src/http/pages/create-pages.ts'
import { scriptedDocument } from '../api/agent-documents.ts'
import { type Api, newId, openApi } from '../api/api-harness.ts'
import { createdSession, type MadeAgent, type MadeSession, publishedAgent } from '../api/made-things.ts'
import { openEvents, say } from '../api/talk.ts'
import { findBrowser } from './find-browser.ts'
import { launchBrowser, viewports } from './talk-page-driver.ts'

const chromium = findBrowser()
const rule = { name: 'person', triggers: { explicit_wish: true }, queue: 'desk', priority: 7, say: 'I call somebody.' }

describe.skipIf(chromium === undefined)('the page of escalations (needs a Chromium)', () => {
  let api: Api
  let listening: Listening
  let browser: Browser
  let origin: string
  let agent: MadeAgent
  const contexts: BrowserContext[] = []
  const complaints: string[] = []
  beforeAll(async () => {
    execFileSync(process.execPath, [fileURLToPath(new URL('../../tools/build-widget.mjs', import.meta.url))])
    const assetsFolder = fileURLToPath(new URL('../../packages/widget/dist', import.meta.url))
    const port = await freePort()
    origin = `http://127.0.0.1:${port}`
    api = await openApi({ publicOrigin: origin, pages: await createPages({ assetsFolder, talk: false }) })
    await api.hearSignals()
    const onUpgrade = api.operators.handle
    listening = await listen({ fetch: api.app.fetch, host: '127.0.0.1', port, onUpgrade })
    browser = await launchBrowser(chromium ?? '')
    await api.ask(`update tenant.workspaces set name = 'Harbour Bank' where workspace_id = $1`, [api.a.id])
    agent = await publishedAgent(api.a, scriptedDocument({ policy: { escalation_rules: [rule] } }))
  }, 120_000)
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
    await dismissAll()
    const unexpected = complaints.splice(0).filter((line) => !/status of 4\d\d|WebSocket/.test(line))
    if (unexpected.length > 0) throw new Error(`the page complained: ${unexpected.join('; ')}`)
    await api.ask('delete from tenant.memberships')
    api.pass(11 * 60_000)
  })
  afterAll(async () => {
    await browser.close()
    await api.operators.closeAll()
    await listening.close()
    await api.close()
  })

  const openPage = async (
    viewport: { width: number; height: number } = viewports.desktop,
    prepare?: (page: Page) => Promise<void>,
  ): Promise<Page> => {
    // What stands between page and server in a test is a script that the page's policy refuses.
    const context = await browser.newContext({ viewport, bypassCSP: prepare !== undefined })
    contexts.push(context)
    const page = await context.newPage()
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    await prepare?.(page)
    const email = parseEmail(`ann-${newId()}@example.com`)
    if (email === undefined) throw new Error('no address')
    const { database } = api.installation
    const identityId = await database.withIdentity((tx) => findOrCreateIdentity(tx, { email, newId }))
    await api.a.makeMember('reviewer', { email, identityId })
    await page.goto(`${origin}/sign-in`)
    await page.getByLabel('Your e-mail address').fill(email)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Look into your mail' }).waitFor()
    await api.closeSignIn()
    const mail = api.mails.findLast(({ to }) => to === email)
    await page.goto(/http:\S+\/auth\/link#\S+/.exec(mail?.text ?? '')?.[0] ?? '')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Who can see this workspace?' }).waitFor()
    await page.goto(`${origin}/escalations`)
    return page
  }
  const isLive = (page: Page) => page.getByText('Live', { exact: true }).waitFor({ timeout: 15_000 })
  const callSomebody = async (): Promise<MadeSession> => {
    const session = await createdSession(api.a, agent)
    await say(api, session, 'Can I talk to a human, please?')
    return session
  }
  const dismissAll = async () => {
    const open = pageSchema(escalationSchema).parse((await api.a.call('GET', '/v1/escalations?limit=200')).body).data
    for (const { id, state } of open.filter(({ state: of }) => of !== 'resolved')) {
      const credential = await (await api.a.makeMember('owner')).token()
      if (state === 'claimed') await api.a.call('POST', `/v1/escalations/${id}/release`, { credential, body: {} })
      await api.a.call('POST', `/v1/escalations/${id}/resolve`, { credential, body: { outcome: 'dismissed' } })
    }
  }

  test('shows within a second who is called, and what the person says to whom has taken over; what is typed is said', async () => {
    const page = await openPage()
    await isLive(page)
    expect(await page.getByText('Nobody waits for a person.').isVisible()).toBe(true)
    const session = await callSomebody()
    await page.getByText('Asked for a person').waitFor({ timeout: 1500 })
    expect(await page.title()).toBe('(1) Escalations of Harbour Bank')
    const stream = await openEvents(api, session)
    await page.getByRole('button', { name: 'Take over' }).click()
    await page.getByText('The agent').first().waitFor()
    await say(api, session, 'say <b>are you there</b>')
    const words = page.locator('.talk .user p').last()
    await page.getByText('say <b>are you there</b>').waitFor({ timeout: 1500 })
    expect(await words.innerText()).toBe('say <b>are you there</b>')
    await page.getByLabel('What you say to the person').fill('Good day, Ann speaking.')
    await page.keyboard.press('Enter')
    const heard = await stream.until('turn_end')
    expect(heard.text).toBe('Good day, Ann speaking.')
    expect(heard.events.find(({ event }) => event === 'turn_start')).toMatchObject({ data: { role: 'operator' } })
    await page.locator('.talk .operator:not(.waits)', { hasText: 'Good day, Ann speaking.' }).waitFor()
    await page.getByRole('button', { name: 'Back to the agent' }).click()
    await page.getByText('Nobody waits for a person.').waitFor()
    expect(await page.title()).toBe('Escalations of Harbour Bank')
    await stream.leave()
  })

  test('asks every two seconds when no socket can be had, and says a message once that a lost socket has taken', async () => {
    const routes: WebSocketRoute[] = []
    let isBlocked = false
    const page = await openPage(viewports.desktop, (opened) =>
      opened.routeWebSocket(/\/v1\/escalations\/live/, (route) => {
        if (isBlocked) {
          void route.close()
          return
        }
        routes.push(route)
        const server = route.connectToServer()
        route.onMessage((message) => {
          server.send(message)
          // It was taken, and nobody here hears of it.
          if (!String(message).includes('"say"')) return
          isBlocked = true
          void route.close()
        })
        server.onMessage((message) => {
          if (!isBlocked) route.send(message)
        })
      }),
    )
    await isLive(page)
    const session = await callSomebody()
    await page.getByRole('button', { name: 'Take over' }).click()
    const stream = await openEvents(api, session)
    await page.getByLabel('What you say to the person').fill('Once only.')
    await page.keyboard.press('Enter')
    expect((await stream.until('turn_end')).text).toBe('Once only.')
    await page.getByText('Not live; asks every two seconds').waitFor()
    await page.locator('.talk .operator:not(.waits)', { hasText: 'Once only.' }).waitFor()
    await say(api, session, 'say still here')
    await page.getByText('say still here').waitFor({ timeout: 10_000 })
    expect(await page.locator('.talk .operator').count()).toBe(1)
    isBlocked = false
    await isLive(page)
    await dismissAll()
    await page.getByText('This talk went back to the queue.').or(page.getByText('This talk is over.')).waitFor()
    expect(routes.length).toBeGreaterThan(1)
    await stream.leave()
  })

  test.each([{ width: 1280, height: 800 }, viewports.phone])('fits a screen of $width', async (viewport) => {
    const page = await openPage(viewport)
    await isLive(page)
    const session = await callSomebody()
    const crisis = await createdSession(api.a, agent)
    await say(api, crisis, 'Ich will nicht mehr leben.')
    await page.getByText('Somebody may be in danger').waitFor()
    await shoot(page, `queue-${viewport.width}`)
    await page.getByRole('button', { name: 'Take over' }).last().click()
    await page.locator('.talk li').first().waitFor()
    const stream = await openEvents(api, session)
    await say(api, session, 'say I have waited for a long time and would like to know how this goes on')
    await page.getByLabel('What you say to the person').fill('Good day, Ann speaking. I am reading what you wrote.')
    await page.keyboard.press('Enter')
    await stream.until('turn_end')
    await page.locator('.talk .operator:not(.waits)').waitFor()
    await shoot(page, `talk-${viewport.width}`)
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(overflow).toBe(0)
    const small = await page
      .locator('button:visible')
      .evaluateAll((buttons) =>
        buttons.flatMap((button) => (button.getBoundingClientRect().height < 44 ? [button.textContent] : [])),
      )
    expect(small).toEqual([])
    await stream.leave()
  })
})

/** For whoever wants to look: HYPONEMA_SHOTS names a folder. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env['HYPONEMA_SHOTS']
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
