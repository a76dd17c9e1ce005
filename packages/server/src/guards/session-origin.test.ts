import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusalOf } from '../platform/crypto/test-harness/key-fixtures.ts'
import { requireOrigin } from './session-origin.ts'

const publicOrigin = 'https://voice.example'
const refusal = (client: 'browser' | 'native', origin: string | undefined, allowed: readonly string[]) =>
  refusalOf(() => requireOrigin({ claims: { client }, origin, allowed, publicOrigin }))
const refused = 'session.origin_refused'

describe('the origin of a session', () => {
  it('of a browser is one of the list', () => {
    expect(refusal('browser', 'https://shop.example', ['https://shop.example'])).toBeUndefined()
    expect(refusal('browser', publicOrigin, ['https://shop.example', 'self'])).toBeUndefined()
  })

  it.each([
    [undefined, ['https://shop.example', 'self']],
    ['', ['https://shop.example', 'self']],
    ['null', ['https://shop.example', 'self']],
    ['self', ['self']],
    ['https://shop.example', []],
    [publicOrigin, ['https://shop.example']],
    ['http://shop.example', ['https://shop.example']],
    ['https://shop.example:8443', ['https://shop.example']],
    ['https://shop.example/', ['https://shop.example']],
    ['https://SHOP.example', ['https://shop.example']],
    ['https://shop.example.attacker.example', ['https://shop.example']],
    ['https://a.shop.example', ['https://shop.example', 'https://*.shop.example']],
    ['https://shop.example https://attacker.example', ['https://shop.example']],
  ])('of a browser is not %j where %j stands', (origin, allowed) => {
    expect(refusal('browser', origin, allowed)).toBe(refused)
  })

  it('of a native client is none, not even one of the list', () => {
    expect(refusal('native', undefined, [])).toBeUndefined()
    expect(refusal('native', 'https://shop.example', ['https://shop.example'])).toBe(refused)
    expect(refusal('native', '', [''])).toBe(refused)
    expect(refusal('native', 'null', ['null'])).toBe(refused)
  })

  it('of a browser is exactly what stands in the list', () => {
    fc.assert(
      fc.property(fc.webUrl(), fc.array(fc.webUrl()), (origin, allowed) => {
        expect(refusal('browser', origin, allowed)).toBe(allowed.includes(origin) ? undefined : refused)
        expect(refusal('browser', origin, [...allowed, origin])).toBeUndefined()
      }),
    )
  })
})
