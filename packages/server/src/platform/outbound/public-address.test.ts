import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePublicAddress } from './public-address.ts'

const closed = `
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 169.254.169.254 169.254.169.253
172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1
239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16 199.36.153.5 199.36.153.10 161.26.0.7 166.9.1.1 192.175.48.1 192.52.193.1
:: ::1 1::1 4000::1 100:: 100:0:0:1:: fe80::1 fec0::1 fc00::1 fd00:ec2::254 fd00:ec2::123 ff02::1 5f00::1 8000::1 e000::1
::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:169.254.169.254 ::ffff:168.63.129.16 ::ffff:10.0.0.1 ::127.0.0.1 ::ffff:0:127.0.0.1
64:ff9b::7f00:1 64:ff9b::8.8.8.8 64:ff9b:1::a00:1 2002:7f00:1:: 2002:808:808:: 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1
2001:2::1 2001:10::1 2001:20::1 2001:3::1 3fff::1 3ffe::1 2620:4f:8000::1 2a00:1450::5efe:10.0.0.1 2a00:1450::200:5efe:127.0.0.1`
  .trim()
  .split(/\s+/)

const open = [
  '8.8.8.8',
  '1.1.1.1',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.0.1',
  '172.32.0.1',
  '168.63.129.17',
  '2606:4700::1111',
  '2a00:1450:4001::8a',
]

const unparseable = [
  '',
  '127.1',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '2130706433',
  '8.8.8',
  '8.8.8.8.',
  '08.8.8.8',
  '8.8.8.8/32',
  'fe80::1%eth0',
]

describe('a public address', () => {
  it.each(closed)('is not %s', (address) => {
    expect(parsePublicAddress(address)).toBeUndefined()
  })

  it.each(open)('is %s', (address) => {
    expect(parsePublicAddress(address)).toBe(address)
  })

  it.each([...unparseable, '8.8.8.8 ', '2606:4700::1111%1', 'example.com', '[2606:4700::1111]'])(
    'is not the spelling "%s"',
    (text) => {
      expect(parsePublicAddress(text)).toBeUndefined()
    },
  )

  it('is judged inside a v4-mapped form and comes out as IPv4', () => {
    expect(parsePublicAddress('::ffff:8.8.8.8')).toBe('8.8.8.8')
    expect(parsePublicAddress('::FFFF:0808:0808')).toBe('8.8.8.8')
  })

  it('is never private, whatever the spelling of a private IPv4 in IPv6', () => {
    const inside = fc.oneof(
      fc.tuple(fc.constant(10), fc.nat(255), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(127), fc.nat(255), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(192), fc.constant(168), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(169), fc.constant(254), fc.nat(255), fc.nat(255)),
    )
    const prefixes = ['::ffff:', '::', '::ffff:0:', '64:ff9b::', '64:ff9b:1::', '2a00:1450::5efe:', '2a00::0200:5efe:']
    fc.assert(
      fc.property(inside, fc.constantFrom(...prefixes), ([a, b, c, d], prefix) => {
        expect(parsePublicAddress(`${prefix}${a}.${b}.${c}.${d}`)).toBeUndefined()
        const hex = [a * 256 + b, c * 256 + d].map((part) => part.toString(16)).join(':')
        expect(parsePublicAddress(`${prefix}${hex}`)).toBeUndefined()
        expect(parsePublicAddress(`2002:${hex}::1`)).toBeUndefined()
      }),
    )
  })
})
