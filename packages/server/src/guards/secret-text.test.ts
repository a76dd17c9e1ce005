import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testUuid } from '../platform/crypto/test-harness/key-fixtures.ts'
import { makeSecretText, parseSecretText } from './secret-text.ts'

const form = { prefix: 'hyr_', secrets: 2 } as const
const claim = { workspaceId: testUuid(1), id: testUuid(2), secrets: [Buffer.alloc(32, 7), Buffer.alloc(32, 8)] }
const text = makeSecretText(form, claim)

describe('the text of a secret that says where it belongs', () => {
  it('reads back, for all ids and secrets', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((one) => Buffer.from(one))
    fc.assert(
      fc.property(fc.nat(), fc.nat(), bytes, bytes, (workspace, id, one, other) => {
        const any = { workspaceId: testUuid(workspace), id: testUuid(id), secrets: [one, other] }
        expect(parseSecretText(form, makeSecretText(form, any))).toEqual(any)
      }),
    )
  })

  it('is refused when any one character is another', () => {
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.'
    for (let at = 0; at < text.length; at += 1) {
      for (const digit of digits) {
        if (text[at] === digit) continue
        expect(
          parseSecretText(form, `${text.slice(0, at)}${digit}${text.slice(at + 1)}`),
          `${at} as ${digit}`,
        ).toBeUndefined()
      }
    }
  })

  it.each([
    ['nothing', ''],
    ['its prefix', 'hyr_'],
    ['another prefix', text.replace('hyr_', 'hyi_')],
    ['no prefix', text.slice(4)],
    ['a character less', text.slice(0, -1)],
    ['a character more', `${text}A`],
    ['padding', `${text}=`],
    ['a space before', ` ${text}`],
    ['a line end behind', `${text}\n`],
    ['a NUL inside', `${text.slice(0, 40)}\u0000${text.slice(41)}`],
    ['another alphabet', text.replaceAll('A', '+')],
    ['the text twice', `${text}${text}`],
    ['10 kB', 'A'.repeat(10_000)],
  ])('is not %s', (_name, wrong) => {
    expect(parseSecretText(form, wrong)).toBeUndefined()
  })

  it('is none of a form with another number of secrets, nor under another prefix, though the bytes fit', () => {
    expect(parseSecretText({ ...form, secrets: 1 }, text)).toBeUndefined()
    expect(parseSecretText({ ...form, prefix: 'hyx_' }, `hyx_${text.slice(4)}`)).toBeUndefined()
  })

  it.each([[[]], [[Buffer.alloc(32)]], [[Buffer.alloc(32), Buffer.alloc(31)]], [[Buffer.alloc(32), Buffer.alloc(33)]]])(
    'is not made of %j',
    (secrets) => {
      expect(() => makeSecretText(form, { ...claim, secrets })).toThrow(RangeError)
    },
  )
})
