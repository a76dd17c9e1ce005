import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressBudget, clientAddress, inRanges, parseRanges } from './client-address.ts'

const proxies = parseRanges(['10.0.0.0/8', '2001:db8:1::/48'])
const from = (peer: string, forwardedFor?: string, trustedProxies = proxies) =>
  clientAddress({ peer, forwardedFor, trustedProxies })

describe('the client address', () => {
  it('is the peer where no proxy is trusted, whatever X-Forwarded-For says', () => {
    expect(from('192.0.2.1', '203.0.113.9, 10.0.0.1', [])).toBe('192.0.2.1')
    expect(from('10.0.0.1', '203.0.113.9', [])).toBe('10.0.0.1')
  })

  it('is the peer where it is not a trusted proxy', () => {
    expect(from('192.0.2.1', '203.0.113.9')).toBe('192.0.2.1')
  })

  it.each([
    ['one proxy', '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['two proxies', '10.0.0.1', '203.0.113.9, 10.0.0.2', '203.0.113.9'],
    ['a forged hop before the real one', '10.0.0.1', '127.0.0.1, 203.0.113.9', '203.0.113.9'],
    ['a forged hop that looks like a proxy', '10.0.0.1', '10.9.9.9, 203.0.113.9', '203.0.113.9'],
    ['proxies all the way', '10.0.0.1', '10.0.0.3,10.0.0.2', '10.0.0.3'],
    ['an IPv6 proxy', '2001:db8:1::5', '2001:DB8:0:0::9', '2001:db8::9'],
    ['a proxy in mapped form', '::ffff:10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
    ['no header', '10.0.0.1', undefined, '10.0.0.1'],
    ['an empty header', '10.0.0.1', '', '10.0.0.1'],
  ])('behind %s is the last hop that is not trusted', (_name, peer, header, client) => {
    expect(from(peer, header)).toBe(client)
  })

  it.each([
    'unknown',
    '203.0.113.9:4711',
    '[2001:db8::9]:4711',
    '203.0.113',
    '203.0.113.009',
    '0xcb.0.113.9',
    '3405803785',
    '1',
    'for=203.0.113.9',
    '203.0.113.9\u0000',
    '::ffff:203.0.113.010',
    ',',
  ])('stays at the proxy when the hop before it is %j', (hop) => {
    expect(from('10.0.0.1', `192.0.2.66, ${hop}`)).toBe('10.0.0.1')
    expect(from('10.0.0.1', `192.0.2.66, ${hop}, 10.0.0.2`)).toBe('10.0.0.2')
  })

  it('is what it was when the peer cannot be read, and that is in no range', () => {
    expect(from('', '203.0.113.9')).toBe('')
    expect(inRanges('', parseRanges(['0.0.0.0/0', '::/0']))).toBe(false)
  })

  it('never is what a caller wrote before the hop that the trusted proxy saw', () => {
    const anything = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6())
    fc.assert(
      fc.property(fc.array(anything), fc.ipV4(), (forged, seen) => {
        fc.pre(!inRanges(seen, proxies))
        expect(from('10.0.0.1', [...forged, seen].join(', '))).toBe(seen)
      }),
    )
  })
})

describe('ranges of addresses', () => {
  it.each([
    '',
    '10',
    '10/8',
    '10.0.0/8',
    '010.0.0.0/8',
    '0x0a.0.0.0/8',
    '167772160',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '10.0.0.0/8 ',
    '10.0.0.0/255.0.0.0',
    '2001:db8::/129',
    '2001:db8/32',
    'localhost',
    '*',
  ])('refuse %j by its name', (entry) => {
    expect(() => parseRanges(['192.0.2.0/24', entry])).toThrow(RangeError)
    expect(() => parseRanges([entry])).toThrow(`"${entry}"`)
  })

  it.each([
    ['10.255.255.255', '10.0.0.0/8', true],
    ['11.0.0.0', '10.0.0.0/8', false],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.2', '10.0.0.1', false],
    ['10.0.0.1', '10.0.0.99/24', true],
    ['::ffff:10.0.0.1', '10.0.0.0/8', true],
    ['10.0.0.1', '::ffff:10.0.0.0/104', true],
    ['11.0.0.1', '::ffff:10.0.0.0/104', false],
    ['10.0.0.1', '::/0', false],
    ['2001:db8::1', '2001:db8::/32', true],
    ['2001:db9::1', '2001:db8::/32', false],
    ['2001:db8::1', '0.0.0.0/0', false],
    ['010.0.0.1', '0.0.0.0/0', false],
    ['1', '0.0.0.0/0', false],
  ])('%s in %s: %s', (address, range, expected) => {
    expect(inRanges(address, parseRanges([range]))).toBe(expected)
  })

  it('of none hold nobody', () => {
    expect(inRanges('192.0.2.1', parseRanges([]))).toBe(false)
  })

  it('of one address hold that address and no other', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), (one, other) => {
        expect(inRanges(one, parseRanges([one]))).toBe(true)
        expect(inRanges(other, parseRanges([one]))).toBe(one === other)
      }),
    )
  })
})

describe('the budget of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
    ['not an address', 'not an address'],
  ])('of %j is %j', (address, budget) => expect(addressBudget(address)).toBe(budget))

  it('is one for all addresses that one IPv6 customer can take, and another for the next customer', () => {
    const part = fc.integer({ min: 0, max: 0xffff }).map((number) => number.toString(16))
    const host = fc.tuple(part, part, part, part).map((parts) => parts.join(':'))
    fc.assert(
      fc.property(host, host, (one, other) => {
        expect(addressBudget(`2001:db8:1:2:${one}`)).toBe(addressBudget(`2001:db8:1:2:${other}`))
        expect(addressBudget(`2001:db8:1:2:${one}`)).not.toBe(addressBudget(`2001:db8:1:3:${one}`))
      }),
    )
  })
})
