import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emailSchema, parseEmail } from './email.ts'

describe('an e-mail address', () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['  Ada.Lovelace+Work@EXAMPLE.com ', 'ada.lovelace+work@example.com'],
    ["o'brien@mail.example.co.uk", "o'brien@mail.example.co.uk"],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
    ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    ['ada@ＥＸＡＭＰＬＥ.com', 'ada@example.com'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('%s is kept as %s', (typed, kept) => {
    expect(parseEmail(typed)).toBe(kept)
  })

  it('of a domain that only looks like another one is another address', () => {
    // Cyrillic "а" and "е", and the Kelvin sign, which becomes a "k" in lower case.
    expect(parseEmail('ada@еxаmple.com')).toMatch(/^ada@xn--/)
    expect(parseEmail('ada@еxаmple.com')).not.toBe(parseEmail('ada@example.com'))
    expect(parseEmail('frank@example.com')).toBe('frank@example.com')
    expect(parseEmail('fran\u212a@example.com')).toBeUndefined()
    expect(parseEmail('аda@example.com')).toBeUndefined()
  })

  it.each([
    '',
    '@',
    'ada',
    'ada@',
    '@example.com',
    'ada@localhost',
    'ada@example',
    'ada@127.0.0.1',
    'ada@0x7f.1',
    'ada@[127.0.0.1]',
    'ada@example.com.',
    'ada@.example.com',
    'ada@-example.com',
    'ada@example..com',
    'ada@exa_mple.com',
    'ada@b@example.com',
    '"ada"@example.com',
    '.ada@example.com',
    'ada.@example.com',
    'a..da@example.com',
    'ada@example.com/path',
    'ada@example.com?x',
    'ada@example.com#x',
    'ada@example.com:25',
    'ada@exam%70le.com',
    'ada@exam ple.com',
    'ada@exam\tple.com',
    'ada lovelace@example.com',
    'Ada <ada@example.com>',
    'ada@example.com, eve@example.com',
    'ada@example.com\r\nBcc: eve@example.com',
    'ada\r\nBcc: eve@example.com',
    'ada@example.com\0',
    'ada@exam\u00adple.com\u202e',
    'ada@ex\u200bample.com',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a'.repeat(64)}.com`,
    `ada@${'a.'.repeat(125)}example.com`,
    'ada@example.com\ud800',
  ])('refuses %j', (typed) => {
    expect(parseEmail(typed)).toBeUndefined()
    expect(emailSchema.safeParse(typed).success).toBe(false)
  })

  it('of ten thousand characters is refused before it is looked at', () => {
    expect(parseEmail(`${'a'.repeat(10_000)}@example.com`)).toBeUndefined()
  })

  it('has one form: what is kept is kept again, is ASCII without anything a header could break on, and short', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.emailAddress(),
          fc.string({ unit: 'grapheme' }).map((text) => `${text}@example.com`),
        ),
        (typed) => {
          const kept = parseEmail(typed)
          if (kept === undefined) return
          expect(parseEmail(kept)).toBe(kept)
          expect(kept).toMatch(/^[\x21-\x7e]{3,254}$/)
          expect(kept).toBe(kept.toLowerCase())
          expect(kept).not.toMatch(/[\s,;:<>()[\]\\"]/)
        },
      ),
    )
  })
})
