import { describe, expect, it } from 'vitest'
import { standingClock } from '../platform/crypto/test-harness/key-fixtures.ts'
import { rateLimit } from './rate-limit.ts'
import { guardedApp } from './test-harness/guarded-app.ts'
import { TokenBuckets } from './token-buckets.ts'

function limitedApp() {
  const clock = standingClock()
  const buckets = new TokenBuckets({ name: 'address', burst: 2, refillPerSecond: 0.4 }, clock)
  const app = guardedApp({ guards: [rateLimit(buckets, (context) => context.req.header('x-caller') ?? '')] })
  return { clock, app, send: (caller: string) => app.send({ 'x-caller': caller }) }
}

describe('a rate limit', () => {
  it('lets the budget through and says what is left of it', async () => {
    const { send } = limitedApp()
    const { status, headers } = await send('a')
    expect(status).toBe(200)
    expect(headers.get('RateLimit-Policy')).toBe('"address";q=2;w=5')
    expect(headers.get('RateLimit')).toBe('"address";r=1;t=0')
  })

  it('refuses what is beyond it, says so in whole seconds rounded up, and nothing behind it runs', async () => {
    const { send, app } = limitedApp()
    await send('a')
    await send('a')
    const refused = await send('a')
    expect(refused).toMatchObject({ status: 429, code: 'request.rate_limited' })
    expect(refused.headers.get('RateLimit')).toBe('"address";r=0;t=3')
    expect(app.reached()).toBe(2)
  })

  it('goes on when the time has come, and never stopped for others', async () => {
    const { send, clock } = limitedApp()
    for (let index = 0; index < 5; index += 1) await send('a')
    expect((await send('b')).status).toBe(200)
    clock.advance(2_500)
    expect((await send('a')).status).toBe(200)
  })
})
