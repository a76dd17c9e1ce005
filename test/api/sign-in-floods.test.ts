/** Many at once: who asks for links, and who is refused. */
import { sql } from 'kysely'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type Browser, openSignInApi } from './sign-in-people.ts'

const minuteMs = 60_000

test('a crowd that asks for links is told to come back', async () => {
  const world = await openSignInApi({ lockTimeoutMs: 100 })
  const { database } = world.api.installation
  const refused = await database.withIdentity(async (tx) => {
    await sql`lock table identity.sign_in_requests in share row exclusive mode`.execute(tx.db)
    return world.openBrowser().post('/auth/sign-in', { email: 'ada@example.com' })
  })
  expect([refused.status, refused.code, refused.headers.get('retry-after')]).toEqual([409, 'request.conflict', '5'])
  expect((await world.openBrowser().post('/auth/sign-in', { email: 'ada@example.com' })).status).toBe(202)
  await world.api.close()
})

describe('refused sign-ins', () => {
  test('of one network are counted exactly: a hundred and no more, whatever the browser; another network goes on', async () => {
    const world = await openSignInApi()
    const guess = (address: string) =>
      world.openBrowser().post('/auth/code', { code: '000000' }, { 'x-forwarded-for': address })
    const codes: (string | undefined)[] = []
    for (let index = 0; index < 101; index += 1) {
      // The budget of the network refills while the clock goes on; the count does not.
      if (index % 50 === 49) world.api.pass(100_000)
      codes.push((await guess('203.0.113.7')).code)
    }
    expect(codes.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 'sign_in.request_ended'))
    expect(codes[100]).toBe('request.rate_limited')
    expect((await guess('198.51.100.7')).code).toBe('sign_in.request_ended')
    const [row] = await world.api.ask<{ most: number }>(
      'select max(failures)::int as most from identity.sign_in_failures',
    )
    expect(row?.most).toBe(100)
    await world.api.close()
  })

  test('are told to the installation’s log: the first at once, then one a minute with their number', async () => {
    const world = await openSignInApi()
    const release = world.api.holdClock()
    const guess = (browser: Browser, address: string) =>
      browser.post('/auth/code', { code: '000000' }, { 'x-forwarded-for': address })
    for (let index = 0; index < 5; index += 1) await guess(world.openBrowser(), `203.0.113.${index}`)
    await guess(world.openBrowser(), '198.51.100.1')
    const eventSchema = z.object({
      actor: z.object({ kind: z.literal('system'), id: z.literal('sign-in') }),
      after: z.object({ code: z.literal('sign_in.request_ended'), times: z.int(), dropped: z.literal(0) }),
    })
    // Each is a transaction of its own, so no order is promised.
    const told = async () => {
      const rows = await world.api.ask<{ address: string; canonical: Buffer }>(
        `select address, canonical from tenant.audit_events
         where action = 'sign_in.refused' and workspace_id = app.installation_workspace()`,
      )
      return rows
        .map(
          ({ address, canonical }) => `${address} ${eventSchema.parse(JSON.parse(canonical.toString())).after.times}`,
        )
        .toSorted((one, other) => one.localeCompare(other))
    }
    const first = ['198.51.100.0/24 1', '203.0.113.0/24 1']
    await vi.waitFor(async () => expect(await told()).toEqual(first), { timeout: 10_000 })
    world.api.pass(minuteMs)
    await guess(world.openBrowser(), '203.0.113.9')
    await vi.waitFor(async () => expect(await told()).toEqual([...first, '203.0.113.0/24 4']), { timeout: 10_000 })
    await world.settle()
    expect(await told()).toEqual([...first, '203.0.113.0/24 1', '203.0.113.0/24 4'])
    release()
    await world.api.close()
  })
})
