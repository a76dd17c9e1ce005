/** The page of members in a real Chromium against the whole server: from the link in a mail to being removed while at work. */
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parseEmail, type Role } from '@hyponema/contract'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Listening, listen } from '../../packages/server/src/commands/listen.ts'
import { findOrCreateIdentity } from '../../packages/server/src/features/sign-in/public.ts'
import { createPages } from '../../packages/server/src/http/pages/create-pages.ts'
import { type Api, newId, openApi, type TestMember } from '../api/api-harness.ts'
import { findBrowser } from './find-browser.ts'
import { launchBrowser, viewports } from './talk-page-driver.ts'

const chromium = findBrowser()

describe.skipIf(chromium === undefined)('the page of members (needs a Chromium)', () => {
  let api: Api
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
    api = await openApi({ publicOrigin: origin, pages: await createPages({ assetsFolder, talk: false }) })
    listening = await listen({ fetch: api.app.fetch, host: '127.0.0.1', port })
    browser = await launchBrowser(chromium ?? '')
    await api.ask(`update tenant.workspaces set name = 'Harbour Bank' where workspace_id = $1`, [api.a.id])
  }, 120_000)
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
    await api.ask('delete from tenant.memberships')
    await api.ask('delete from tenant.invitations')
    // A browser says of every refused request that it was refused; all else must go without a word.
    const unexpected = complaints.splice(0).filter((line) => !/status of 4\d\d/.test(line))
    if (unexpected.length > 0) throw new Error(`the page complained: ${unexpected.join('; ')}`)
    api.pass(11 * 60_000)
  })
  afterAll(async () => {
    await browser.close()
    await listening.close()
    await api.close()
  })

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
  const member = async (email: string, role: Role): Promise<TestMember> => {
    const address = parseEmail(email)
    if (address === undefined) throw new Error(`${email} is no address`)
    const { database } = api.installation
    const identityId = await database.withIdentity((tx) => findOrCreateIdentity(tx, { email: address, newId }))
    return api.a.makeMember(role, { email, identityId })
  }
  const linkOf = async (email: string, pattern: RegExp): Promise<string> => {
    await api.closeSignIn()
    const mail = api.mails.findLast(({ to, text }) => to === email && pattern.test(text))
    return pattern.exec(mail?.text ?? '')?.[0] ?? ''
  }
  /** By the link of a mail, as a person does it. */
  const signIn = async (page: Page, email: string): Promise<void> => {
    await page.goto(`${origin}/sign-in`)
    await page.getByLabel('Your e-mail address').fill(email)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Look into your mail' }).waitFor()
    await useLink(page, email)
  }
  const useLink = async (page: Page, email: string): Promise<void> => {
    await page.goto(await linkOf(email, /http:\S+\/auth\/link#\S+/))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Who can see this workspace?' }).waitFor()
    await page.locator('table').first().waitFor()
  }
  const rows = (page: Page) => page.getByRole('table', { name: 'Members' }).locator('tbody tr').allInnerTexts()
  const said = (page: Page) => page.getByRole('status').innerText()
  const problem = (page: Page) => page.getByRole('alert').innerText()

  test('opens by the refresh cookie alone, after a reload too, and keeps no token where script of a page can find it', async () => {
    await member('owner@example.com', 'owner')
    const page = await openContext()
    await signIn(page, 'owner@example.com')
    expect(await rows(page)).toEqual([expect.stringMatching(/owner@example\.com\s+You\s+opr_\w+\s+[\s\S]*owner/)])
    expect(await page.title()).toBe('Members of Harbour Bank')
    await page.reload()
    await page.locator('table').first().waitFor()
    const kept = await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length])
    expect(kept).toEqual(['', 0, 0])
    const cookies = await page.context().cookies(`${origin}/auth/refresh`)
    expect(cookies).toMatchObject([
      {
        name: expect.stringMatching(/^__Secure-refresh-fam_/),
        httpOnly: true,
        secure: true,
        sameSite: 'Strict',
        path: '/auth/refresh',
      },
    ])
    expect(await page.context().cookies(`${origin}/members`)).toEqual([])
  })

  test('an invited colleague joins by mail and sees its own membership', async () => {
    await member('owner@example.com', 'owner')
    const page = await openContext()
    await signIn(page, 'owner@example.com')
    await page.getByLabel('E-mail address').fill('new@example.com')
    await page.getByLabel('Role of the invited').selectOption('reviewer')
    await page.getByRole('button', { name: 'Send invitation' }).click()
    await vi.waitFor(async () => expect(await said(page)).toContain('on its way to new@example.com'), {
      timeout: 10_000,
    })
    expect(await page.getByRole('table', { name: 'Invitations' }).innerText()).toMatch(
      /new@example\.com[\s\S]*reviewer[\s\S]*Open/,
    )
    const guest = await openContext(viewports.phone)
    await guest.goto(await linkOf('new@example.com', /http:\S+\/sign-in#invitation=\S+/))
    await guest.getByRole('button', { name: 'Send me the link' }).click()
    await guest.getByText('You join Harbour Bank as reviewer').waitFor()
    await useLink(guest, 'new@example.com')
    expect(await rows(guest)).toHaveLength(1)
    expect(await guest.getByText('Owners and admins see who else is a member').isVisible()).toBe(true)
    await page.reload()
    await vi.waitFor(async () => expect(await rows(page)).toHaveLength(2), { timeout: 10_000 })
    expect(await page.getByText('No invitation is open').isVisible()).toBe(true)
  })

  test('a role is changed by its list, a member removed by a question, and whoever it was is out', async () => {
    await member('owner@example.com', 'owner')
    const builder = await member('builder@example.com', 'builder')
    const [page, other] = [await openContext(), await openContext()]
    await signIn(page, 'owner@example.com')
    await signIn(other, 'builder@example.com')
    await page.getByLabel('Role of builder@example.com').selectOption('auditor')
    await vi.waitFor(async () => expect(await said(page)).toBe('builder@example.com is auditor now.'), {
      timeout: 10_000,
    })
    await other.reload()
    await other.getByText('You, as auditor').waitFor()
    await page.getByRole('button', { name: 'Remove builder@example.com' }).click()
    await page.keyboard.press('Escape')
    expect(await rows(page)).toHaveLength(2)
    await page.getByRole('button', { name: 'Remove builder@example.com' }).click()
    await page.getByRole('button', { name: 'Remove builder@example.com, really' }).click()
    await vi.waitFor(async () => expect(await rows(page)).toHaveLength(1), { timeout: 10_000 })
    expect(await api.ask('select 1 from tenant.memberships where id = $1', [builder.id])).toEqual([])
    await other.reload()
    await other.waitForURL(`${origin}/sign-in`)
  })

  test('the last owner is told why it cannot leave; signing out ends at the way in', async () => {
    await member('owner@example.com', 'owner')
    const page = await openContext()
    await signIn(page, 'owner@example.com')
    await page.getByRole('button', { name: 'Leave this workspace' }).click()
    await page.getByRole('button', { name: 'Leave Harbour Bank' }).click()
    await vi.waitFor(async () => expect(await problem(page)).toMatch(/no owner; make somebody else an owner first/), {
      timeout: 10_000,
    })
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.waitForURL(`${origin}/sign-in`)
    expect(await page.context().cookies(`${origin}/auth/refresh`)).toEqual([])
    await page.goto(`${origin}/members`)
    await page.waitForURL(`${origin}/sign-in`)
  })

  test('signing out everywhere ends the other browser too', async () => {
    await member('owner@example.com', 'owner')
    const [here, there] = [await openContext(), await openContext()]
    await signIn(here, 'owner@example.com')
    await signIn(there, 'owner@example.com')
    await here.getByRole('button', { name: 'Sign out everywhere' }).click()
    await here.getByRole('button', { name: 'Sign out everywhere' }).click()
    await here.waitForURL(`${origin}/sign-in`)
    await there.getByLabel('E-mail address').fill('late@example.com')
    await there.getByRole('button', { name: 'Send invitation' }).click()
    await there.waitForURL(`${origin}/sign-in`)
    expect(await api.ask('select 1 from tenant.invitations')).toEqual([])
  })

  test('a wrong address is said beside the form, which keeps what was typed', async () => {
    await member('owner@example.com', 'owner')
    const page = await openContext()
    await signIn(page, 'owner@example.com')
    const field = page.getByLabel('E-mail address')
    await field.fill('ada@localhost')
    await page.getByRole('button', { name: 'Send invitation' }).click()
    await vi.waitFor(async () => expect(await problem(page)).toMatch(/wrong/), { timeout: 10_000 })
    expect([await field.inputValue(), await field.getAttribute('aria-invalid')]).toEqual(['ada@localhost', 'true'])
    expect(await field.evaluate((one) => one === document.activeElement)).toBe(true)
  })

  test.each(Object.entries(viewports))(
    'at %s nothing stands outside the page and every control is 44 px high',
    async (_name, viewport) => {
      await member('owner@example.com', 'owner')
      await member('somebody.with.a.very.long.name.indeed@subsidiary.of.a.large.company.example.com', 'privacy')
      const page = await openContext(viewport)
      await signIn(page, 'owner@example.com')
      await page.getByRole('button', { name: /^Remove somebody/ }).click()
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(wide).toBe(0)
      const low = await page
        .locator('button, select, input')
        .evaluateAll((all) => all.filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.outerHTML))
      expect(low).toEqual([])
    },
  )
})

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
