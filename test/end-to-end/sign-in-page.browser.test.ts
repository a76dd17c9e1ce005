/**
 * The pages of sign-in in a real Chromium, against the whole server with its database. What a membership opens is made up
 * (test/api/sign-in-people.ts), so the page that follows is not there: it ends at `/members`.
 */
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Listening, listen } from '../../packages/server/src/commands/listen.ts'
import { codeOfLink } from '../../packages/server/src/guards/sign-in-secrets.ts'
import { createPages } from '../../packages/server/src/http/pages/create-pages.ts'
import { openSignInApi, type SignInApi } from '../api/sign-in-people.ts'
import { findBrowser } from './find-browser.ts'
import { launchBrowser, viewports } from './talk-page-driver.ts'

const chromium = findBrowser()

describe.skipIf(chromium === undefined)('the pages of sign-in (needs a Chromium)', () => {
  let world: SignInApi
  let listening: Listening
  let browser: Browser
  let origin: string
  const contexts: BrowserContext[] = []
  const complaints: string[] = []
  beforeAll(async () => {
    execFileSync(process.execPath, [fileURLToPath(new URL('../../tools/build-widget.mjs', import.meta.url))])
    const assetsFolder = fileURLToPath(new URL('../../packages/widget/dist', import.meta.url))
    const port = await freePort()
    origin = `http://127.0.0.1:${port}`
    world = await openSignInApi({ publicOrigin: origin, pages: await createPages({ assetsFolder, talk: false }) })
    listening = await listen({ fetch: world.api.app.fetch, host: '127.0.0.1', port })
    browser = await launchBrowser(chromium ?? '')
    await world.makePerson('ada@example.com', [world.api.a])
    await world.makePerson('two@example.com', [world.api.a, world.api.b])
  }, 120_000)
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
    // The page that follows belongs to memberships and takes no made-up cookie; everything else must go without a word.
    const unexpected = complaints.splice(0).filter((line) => !/status of 40[14]/.test(line))
    if (unexpected.length > 0) throw new Error(`the page complained: ${unexpected.join('; ')}`)
    world.api.pass(11 * 60_000)
  })
  afterAll(async () => {
    await browser.close()
    await listening.close()
    await world.api.close()
  })

  /** A browser of its own, with nothing kept from an earlier one. */
  const openContext = async (viewport: { width: number; height: number } = viewports.desktop): Promise<Page> => {
    const context = await browser.newContext({ viewport })
    contexts.push(context)
    const page = await context.newPage()
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    return page
  }
  const askFor = async (page: Page, email: string): Promise<string> => {
    await page.goto(`${origin}/sign-in`)
    await page.getByLabel('Your e-mail address').fill(email)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Look into your mail' }).waitFor()
    return world.lastToken(email)
  }

  test('a link that is opened where it was asked for signs in, by keyboard alone', async () => {
    const page = await openContext()
    const token = await askFor(page, 'ada@example.com')
    await page.goto(`${origin}/auth/link#${token}`)
    expect(page.url()).toBe(`${origin}/auth/link`)
    expect(await page.title()).toBe('Sign in here? · Hyponema')
    const before = world.sessions.length
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${origin}/members`)
    expect(world.sessions.length - before).toBe(1)
    const cookies = await page.context().cookies(`${origin}/auth/refresh`)
    expect(cookies).toMatchObject([
      { name: '__Secure-refresh-test', httpOnly: true, secure: true, sameSite: 'Strict', path: '/auth/refresh' },
    ])
  }, 60_000)

  test('a link that is opened elsewhere shows a code, which is typed where it was asked for', async () => {
    const [asking, other] = [await openContext(), await openContext(viewports.phone)]
    const token = await askFor(asking, 'ada@example.com')
    await other.goto(`${origin}/auth/link#${token}`)
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other.getByRole('heading', { name: 'Type this code where you asked to sign in' }).waitFor()
    const code = codeOfLink(token)
    const shown = await other.locator('.code').textContent()
    expect(shown).toBe(`${code.slice(0, 3)} ${code.slice(3)}`)
    const wrong = code === '000000' ? '000001' : '000000'
    await asking.getByLabel('Six-digit code').fill(wrong)
    await asking.keyboard.press('Enter')
    await asking.getByRole('alert').getByText('That is not the code').waitFor()
    await asking.getByLabel('Six-digit code').fill(shown ?? '')
    await asking.keyboard.press('Enter')
    await asking.waitForURL(`${origin}/members`)
    complaints.splice(0, complaints.length, ...complaints.filter((line) => !line.includes('403')))
  }, 60_000)

  test('who belongs to several workspaces chooses one', async () => {
    const page = await openContext()
    const token = await askFor(page, 'two@example.com')
    await page.goto(`${origin}/auth/link#${token}`)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Which workspace?' }).waitFor()
    const wanted = page.getByRole('button', { name: `name of ${world.api.b.id}` })
    await wanted.click()
    await page.waitForURL(`${origin}/members`)
    expect(world.sessions.at(-1)?.workspaceId).toBe(world.api.b.id)
  }, 60_000)

  test('says what is wrong with an address, an incomplete link and one that was used', async () => {
    const page = await openContext()
    await page.goto(`${origin}/sign-in`)
    await page.getByLabel('Your e-mail address').fill('ada')
    await page.getByRole('button', { name: 'Send me a link' }).click()
    await page.getByRole('alert').getByText('Write an e-mail address').waitFor()
    expect(await page.getByLabel('Your e-mail address').getAttribute('aria-invalid')).toBe('true')
    await page.goto(`${origin}/auth/link#abc`)
    await page.getByRole('heading', { name: 'This link is not complete' }).waitFor()
    const token = await askFor(page, 'ada@example.com')
    world.api.pass(10 * 60_000)
    await page.goto(`${origin}/auth/link#${token}`)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'This link was used or has expired' }).waitFor()
    await page.getByRole('button', { name: 'Back to sign-in' }).click()
    await page.waitForURL(`${origin}/sign-in`)
    complaints.splice(0, complaints.length, ...complaints.filter((line) => !line.includes('410')))
  }, 60_000)

  test('a second link in the same tab is taken up', async () => {
    const page = await openContext()
    await page.goto(`${origin}/auth/link#abc`)
    await page.getByRole('heading', { name: 'This link is not complete' }).waitFor()
    await page.goto(`${origin}/auth/link#${'a'.repeat(43)}`)
    await page.getByRole('heading', { name: 'Sign in here?' }).waitFor()
    expect(page.url()).toBe(`${origin}/auth/link`)
  }, 60_000)

  test('fits 320 pixels, and letters of twice the size, without scrolling sideways', async () => {
    const page = await openContext(viewports.narrow)
    await page.goto(`${origin}/sign-in`)
    const overflow = () => page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    expect(await overflow()).toBe(0)
    await askFor(page, `${'a'.repeat(60)}@example.com`).catch(() => undefined)
    expect(await overflow()).toBe(0)
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    expect(await overflow()).toBe(0)
    for (const height of await page
      .locator('button, input')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height))) {
      expect(height).toBeGreaterThanOrEqual(44)
    }
  }, 60_000)
})

async function freePort(): Promise<number> {
  const server = createServer()
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const closed = Promise.withResolvers<void>()
  server.close(() => closed.resolve())
  await closed.promise
  return port
}
