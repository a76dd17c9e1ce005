import { describe, expect, it } from 'vitest'
import { linearLimit, timeGrowth } from '../test-harness/time-growth.ts'
import { findPii } from './find-pii.ts'

const foundIn = (text: string): readonly string[] =>
  findPii(text).map(({ kind, start, end }) => `${kind}: ${text.slice(start, end)}`)

describe('personal data is found', () => {
  it.each([
    ['card', '4111111111111111'],
    ['card', '4111-1111-1111-1111'],
    ['card', '4111.1111.1111.1111'],
    ['card', '3782 822463 10005'],
    ['card', '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1'],
    ['card', '5500\u200b0000 0000\u00a00004'],
    ['card', '\uff14\uff11\uff11\uff11 \uff11\uff11\uff11\uff11 1111 1111'],
    ['card', '5018 0000 0009'],
    ['card', '6011 0009 9013 9424'],
    ['iban', 'DE89 3704 0044 0532 0130 00'],
    ['iban', 'gb82west12345698765432'],
    ['iban', 'fr14-2004-1010-0505-0001-3M02-606'],
    ['iban', 'NO93 8601 1117 947'],
    ['iban', 'DE89/3704/0044/0532/0130/00'],
    ['iban', 'DE89&nbsp;3704&nbsp;0044&nbsp;0532&nbsp;0130&nbsp;00'],
    ['card', '4111&#32;1111&#32;1111&#x20;1111'],
    ['card', '4111&#49;111&shy;1111&#8203;1111'],
    ['email', 'ann&commat;example&period;com'],
    ['ssn', '514-69-0360'],
    ['ssn', '514 69 0360'],
    ['national_id', '86 095 742 719'],
    ['national_id', '2 69 05 49 588 157 80'],
    ['national_id', '12345678Z'],
    ['national_id', 'X-1234567-L'],
    ['national_id', 'AB 12 34 56 C'],
    ['national_id', 'RSSMRA85T10A562S'],
    ['email', 'john.doe+tag@mail.example.co.uk'],
    ['email', 'j\u00fcrgen@m\u00fcller.de'],
    ['email', 'a_b@xn--bcher-kva.example'],
    ['phone', '+49 (0)151 234 567 89'],
    ['phone', '(415) 555-2671'],
    ['phone', '415-555-2671 ext. 12'],
    ['phone', '06 12 34 56 78'],
    ['ip', '192.168.1.254'],
    ['ip', '::1'],
    ['ip', 'fe80::1%eth0'],
    ['ip', '2001:db8::ff00:42:8329'],
    ['ip', '2001:0db8:85a3:0000:0000:8a2e:0370:7334'],
    ['ip', '::ffff:192.168.1.1'],
    ['secret', 'hyp_live_abcdefgh12345678'],
    ['secret', 'sk-ant-abcdEFGH1234567890xyz'],
    ['secret', 'AKIAIOSFODNN7EXAMPLE'],
    ['secret', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
    ['secret', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N'],
    ['secret', '-----BEGIN RSA PRIVATE KEY-----\nMIIEowIB\nAAKC\n-----END RSA PRIVATE KEY-----'],
    ['card', '4111|1111|1111|1111'],
    ['card', '4111\u00b71111\u20221111*1111'],
    ['card', '4111\u22121111\u22121111\u22121111'],
    ['card', 'four one one one, one one one one, one one one one, one one one one'],
    ['card', 'forty-one eleven eleven eleven eleven eleven eleven eleven'],
    ['card', 'vier eins eins eins eins eins eins eins eins eins eins eins eins eins eins eins'],
    ['card', 'cuatro uno uno uno uno uno uno uno uno uno uno uno uno uno uno uno'],
    ['email', 'ann at example dot com'],
    ['email', 'ann underscore lee at mail dot example dot co dot uk'],
    ['email', 'ann (at) example (dot) com'],
    ['email', 'ann [at] example.com'],
    ['email', 'ann @ example.com'],
    ['email', 'ann \u00e4t example punkt de'],
    ['email', 'ana arroba ejemplo punto es'],
  ])('as %s: %s', (kind, written) => {
    expect(foundIn(`It is ${written}, thanks.`)).toEqual([`${kind}: ${written}`])
    expect(foundIn(`(${written})`)).toEqual([`${kind}: ${written}`])
  })

  it.each([
    ['SSN: 514690360', 'ssn: 514690360'],
    ['password is hunter2secret9.', 'secret: hunter2secret9'],
    ['Authorization: Bearer abcdef1234567890ABCDEF', 'secret: abcdef1234567890ABCDEF'],
    ['call me at 5551234567', 'phone: 5551234567'],
    ['IBAN:DE89370400440532013000', 'iban: DE89370400440532013000'],
    ['my SSN is five one four, six nine, zero three six zero', 'ssn: five one four, six nine, zero three six zero'],
    ['postgres://ann:hunter22x@host/db', 'secret: hunter22x'],
  ])('by what the text says it is: %s', (text, found) => {
    expect(foundIn(text)).toEqual([found])
  })

  it('one behind the other', () => {
    expect(foundIn('4111 1111 1111 1111 5500 0000 0000 0004')).toEqual([
      'card: 4111 1111 1111 1111',
      'card: 5500 0000 0000 0004',
    ])
  })
})

describe('personal data is not', () => {
  it.each([
    'a card with a wrong check digit, 4111 1111 1111 1112',
    'an account with a wrong check, GB82 WEST 1234 5698 7654 33',
    'areas that are never given out: 000-12-3456, 666-12-3456, 900-12-3456, 123-00-4567, 123-45-0000',
    'an identity with a wrong letter, 12345678A or X1234567A',
    'a number that the tax office did not give out, 86095742710',
    'order 2023-04-05 12:00:01, 1,234,567 units, 17 of 23, room 12-14',
    'at 12:30:45, from 10-12 to 14-16 on 2026-12-01T10:15:00Z',
    'std::vector, a::b, dead::beef, 00:1A:2B:3C:4D:5E',
    'the years 2001 2002 2003 2004 2005',
    'tracking 1Z999AA10123456784, book 978-3-16-148410-0, invoice 1000234500067',
    'postcode SW1A 1AA, 10115 Berlin, version 1.2.3',
    'my token is warm, the password is secret',
    'write to me @ home',
    'look at the polka dot dress, at one dot on the left',
    'one two three four five six seven, and one one one one two two two two',
    'the meeting is at four. Come early.',
  ])('%s', (text) => {
    expect(foundIn(text)).toEqual([])
  })
})

describe('a text that was built to be slow', () => {
  it.each([
    '0',
    '1 ',
    '1.',
    'a@',
    'a.',
    '::1',
    '+1 ',
    'DE12 ',
    'eyJa',
    'A',
    'a1',
    'password ',
    '4111 ',
    'a at ',
    'a dot ',
    'one ',
    '(at)',
    '-----BEGIN PRIVATE KEY-----',
  ])('takes time that grows with its length alone: %s', (part) => {
    expect(timeGrowth({ run: findPii, unit: part, characters: 8000 })).toBeLessThan(linearLimit)
  })
})
