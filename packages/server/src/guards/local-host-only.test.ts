import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLocalHost, localHostOnly } from './local-host-only.ts'
import { guardedApp } from './test-harness/guarded-app.ts'

describe('the embedded default', () => {
  it.each(['localhost', 'LOCALHOST:4400', '127.0.0.1', '127.0.0.1:4400', '[::1]', '[::1]:4400'])(
    'answers as %s',
    async (host) => {
      expect(isLocalHost(host)).toBe(true)
      expect((await guardedApp({ guards: [localHostOnly()] }).send({ host })).status).toBe(200)
    },
  )

  it.each([
    'attacker.example',
    'attacker.example:4400',
    'localhost.attacker.example',
    'attacker.localhost',
    'localhost.',
    'localhost:4400@attacker.example',
    'attacker.example#localhost',
    '127.0.0.1.attacker.example',
    '127.0.0.2',
    '127.1',
    '2130706433',
    '0.0.0.0',
    '::1',
    '[::ffff:127.0.0.1]',
    '192.168.1.5',
    'localhost:',
    'localhost:123456',
    'localhost localhost',
    'localhost, attacker.example',
    ' localhost',
    'localhost\n',
    '',
  ])('does not answer as %j', (host) => {
    expect(isLocalHost(host)).toBe(false)
  })

  it('does not answer without a Host, and no other header can name one', async () => {
    expect(isLocalHost(undefined)).toBe(false)
    const app = guardedApp({ guards: [localHostOnly()] })
    const hosts = { host: 'attacker.example', 'x-forwarded-host': 'localhost', forwarded: 'host=localhost' }
    expect(await app.send(hosts)).toMatchObject({ status: 421, code: 'request.host_refused' })
    expect(app.reached()).toBe(0)
  })

  it('answers as no other name', () => {
    fc.assert(
      fc.property(fc.domain(), fc.nat(65_535), (name, port) => {
        expect(isLocalHost(name)).toBe(false)
        expect(isLocalHost(`${name}:${port}`)).toBe(false)
      }),
    )
  })
})
