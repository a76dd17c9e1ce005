import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeId,
  encodeId,
  type IdKind,
  idPrefixes,
  idSchema,
  makeUuidV7,
  parseUuid,
  type Uuid,
  uuidTimeMs,
} from './ids.ts'

const kinds = Object.keys(idPrefixes).filter((kind): kind is IdKind => Object.hasOwn(idPrefixes, kind))
const uuids = fc.uuid().map((text): Uuid => {
  const uuid = parseUuid(text)
  if (uuid === undefined) throw new Error(text)
  return uuid
})

describe('ids', () => {
  test('every kind has a prefix of its own, of three letters', () => {
    const prefixes = Object.values(idPrefixes)
    expect(new Set(prefixes).size).toBe(prefixes.length)
    for (const prefix of prefixes) expect(prefix).toMatch(/^[a-z]{3}$/)
  })

  test('an id reads back as the UUID that it was written from, and as no other kind', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.constantFrom(...kinds), uuids, (kind, other, uuid) => {
        const id = encodeId(kind, uuid)
        expect(id).toMatch(new RegExp(`^${idPrefixes[kind]}_[0-9a-hjkmnp-tv-z]{26}$`))
        expect(decodeId(kind, id)).toBe(uuid)
        if (other !== kind) expect(decodeId(other, id)).toBeUndefined()
      }),
    )
  })

  test('each UUID has one spelling: any other text is no id', () => {
    fc.assert(
      fc.property(
        uuids,
        fc.nat(29),
        fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyzABCZ_-'),
        (uuid, at, character) => {
          const id = encodeId('session', uuid)
          const changed = id.slice(0, at) + character + id.slice(at + 1)
          const read = decodeId('session', changed)
          if (read !== undefined) expect(encodeId('session', read)).toBe(changed)
        },
      ),
    )
  })

  test.each([
    '',
    'ses_',
    'ses_0',
    `ses_${'0'.repeat(25)}`,
    `ses_${'0'.repeat(27)}`,
    `ses_${'z'.repeat(26)}`,
    `ses_8${'0'.repeat(25)}`,
    `SES_${'0'.repeat(26)}`,
    `ses_${'0'.repeat(25)}i`,
    `ses_${'0'.repeat(25)}L`,
    `ses-${'0'.repeat(26)}`,
    ` ses_${'0'.repeat(26)}`,
    `ses_${'0'.repeat(26)}\n`,
  ])('"%s" is no id of a session', (text) => {
    expect(decodeId('session', text)).toBeUndefined()
    expect(idSchema('session').safeParse(text).success).toBe(false)
  })

  test('the largest UUID fits, and one more does not', () => {
    expect(decodeId('session', `ses_7${'z'.repeat(25)}`)).toBe('ffffffff-ffff-ffff-ffff-ffffffffffff')
  })

  test.each([
    'FFFFFFFF-ffff-ffff-ffff-ffffffffffff',
    '{ffffffff-ffff-ffff-ffff-ffffffffffff}',
    'ffffffffffffffffffffffffffffffff',
    'ffffffff-ffff-ffff-ffff-fffffffffff',
    "ffffffff-ffff-ffff-ffff-ffffffffffff'",
    'ffffffff-ffff-ffff-ffff-ffffffffffff\n',
    '\nffffffff-ffff-ffff-ffff-ffffffffffff',
    'gfffffff-ffff-ffff-ffff-ffffffffffff',
  ])('%j is not a UUID that may reach SQL', (text) => {
    expect(parseUuid(text)).toBeUndefined()
  })

  test.each([
    [['ffffffff-ffff-ffff-ffff-ffffffffffff']],
    [{ toString: () => 'ffffffff-ffff-ffff-ffff-ffffffffffff' }],
    [new String('ffffffff-ffff-ffff-ffff-ffffffffffff')],
    [null],
    [undefined],
    [0],
  ])('%j is not even a text, whatever it turns into', (value) => {
    expect(parseUuid(value)).toBeUndefined()
  })

  test('a made UUID is of version 7 and variant 10, and says its time', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.uint8Array({ minLength: 10, maxLength: 10 }), (seconds, random) => {
        const uuid = makeUuidV7(seconds * 1000 + 7, random)
        expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
        expect(uuidTimeMs(uuid)).toBe(seconds * 1000 + 7)
      }),
    )
  })

  test('ids sort by the time they were made, in text as in bytes', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), fc.nat(2 ** 40), (one, two) => {
        fc.pre(one !== two)
        const [first, second] = [one, two].map((ms) => encodeId('turn', makeUuidV7(ms, new Uint8Array(10).fill(255))))
        expect((first ?? '') < (second ?? '')).toBe(one < two)
      }),
    )
  })
})
