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
  const tryAll = async (count: number, address: (index: number) => string) => {
    const [one, other] = guards()
    const tries = Array.from({ length: count }, (_, index) => (index % 2 === 0 ? one : other).begin(address(index)))
    return (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled').length
  }

  test('from one network are a hundred in a quarter of an hour, counted by two servers at once, an IPv6 network being its /64', async () => {
    expect(await tryAll(130, (index) => `2001:db8:1:1::${index.toString(16)}`)).toBe(100)
    expect(await tryAll(4, () => '2001:db8:1:1::ffff')).toBe(0)
    expect(await tryAll(4, () => '2001:db8:1:2::1')).toBe(4)
    await api.ask("update identity.sign_in_failures set window_ends_at = now() - interval '1 second'")
    expect(await tryAll(1, () => '2001:db8:1:1::1')).toBe(1)
  })

  test('that were none are given back', async () => {
    const [guard] = guards()
    for (let index = 0; index < 40; index += 1) await (await guard.begin('203.0.113.9')).succeeded()
    expect(await tryAll(130, () => '203.0.113.9')).toBe(100)
  })

  test('are refused with the time that is left, and their subjects are hashes', async () => {
    const [guard] = guards()
    await tryAll(100, () => '203.0.113.10')
    const error = await guard.begin('203.0.113.10').catch((reason: unknown) => reason)
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
