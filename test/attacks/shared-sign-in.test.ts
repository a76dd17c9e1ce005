/** How often a sign-in may fail, counted by two servers on one database at once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSignInFailures } from '../../packages/server/src/guards/sign-in-failures.ts'
import { AppError } from '../../packages/server/src/kernel/app-error.ts'
import { type Api, askAs, openApi } from '../api/api-harness.ts'
import { openSecondServer, type SecondServer } from './second-server.ts'

let api: Api
let second: SecondServer
beforeAll(async () => {
  api = await openApi()
  second = await openSecondServer(api)
})
afterAll(async () => {
  await second.close()
  await api.close()
})

describe('failed sign-ins', () => {
  const guards = () => {
    const [one, other] = [api, second].map(({ installation }) =>
      createSignInFailures(installation.database.logins.auth),
    )
    if (one === undefined || other === undefined) throw new Error('there are two servers')
    return [one, other] as const
  }
  const tryAll = async (count: number, who: (index: number) => { address: string; email?: string }) => {
    const [one, other] = guards()
    const tries = Array.from({ length: count }, (_, index) => (index % 2 === 0 ? one : other).begin(who(index)))
    return (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled').length
  }

  test('for one e-mail address are thirty in a quarter of an hour, counted by two servers at once', async () => {
    const address = (index: number) => `198.51.100.${index % 200}`
    expect(await tryAll(60, (index) => ({ address: address(index), email: 'Ada@example.com' }))).toBe(30)
    expect(await tryAll(4, () => ({ address: '198.51.100.250', email: 'ada@EXAMPLE.com' }))).toBe(0)
    expect(await tryAll(2, () => ({ address: '198.51.100.251', email: 'bob@example.com' }))).toBe(2)
    await api.ask("update identity.sign_in_failures set window_ends_at = now() - interval '1 second'")
    expect(await tryAll(1, () => ({ address: '198.51.100.252', email: 'ada@example.com' }))).toBe(1)
  })

  test('from one network are a hundred, an IPv6 network being its /64, and count for nobody’s address beyond that', async () => {
    expect(await tryAll(130, (index) => ({ address: `2001:db8:1:1::${index.toString(16)}` }))).toBe(100)
    expect(await tryAll(40, () => ({ address: '2001:db8:1:1::ffff', email: 'victim@example.com' }))).toBe(0)
    expect(await tryAll(30, () => ({ address: '2001:db8:1:2::1', email: 'victim@example.com' }))).toBe(30)
  })

  test('that were none are given back', async () => {
    const [guard] = guards()
    for (let index = 0; index < 40; index += 1) {
      const attempt = await guard.begin({ address: '203.0.113.9', email: 'carol@example.com' })
      await attempt.succeeded()
    }
    expect(await tryAll(40, () => ({ address: '203.0.113.9', email: 'carol@example.com' }))).toBe(30)
  })

  test('are refused with the time that is left, and their subjects are hashes', async () => {
    const [guard] = guards()
    const refused = guard.begin({ address: '203.0.113.10', email: 'carol@example.com' })
    const error = await refused.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'request.rate_limited' })
    const seconds = error instanceof AppError ? (error.retryAfterSeconds ?? 0) : 0
    expect(seconds).toBeGreaterThan(800)
    expect(seconds).toBeLessThanOrEqual(900)
    const rows = await api.ask<{ subject: Buffer }>('select subject from identity.sign_in_failures')
    for (const { subject } of rows) expect(subject).toHaveLength(32)
  })

  test('are counted where no other login can see them', async () => {
    const { logins } = api.installation.database
    for (const login of [logins.app, logins.worker, logins.sealer])
      await expect(askAs(login, 'select 1 from identity.sign_in_failures')).rejects.toMatchObject({ code: '42501' })
  })
})
