import { describe, expect, it } from 'vitest'
import { buildRegexSet } from '../match/regex-set.ts'
import { createSentenceFinder } from '../match/sentence-finder.ts'
import { lintBoundary } from './lint-boundary.ts'
import { lintPattern, lintPhrase } from './lint-written.ts'

describe('a pattern that can never match is refused', () => {
  it.each([
    ['\bfoo', /backspace/, /single quotes/],
    ['foo\u0000', /U\+0000/, /leave it out/],
    ['foo\u200bbar', /U\+200B/, /leave it out/],
    ['\\x{200b}', /U\+200B/, /leave it out/],
    ['\\x08', /U\+0008/, /leave it out/],
    ['\uff2d\uff27', /U\+FF2D/, /write "m"/],
    ['\ufb01nd', /U\+FB01/, /write "fi"/],
    ['[\u0660-\u0669]+', /U\+0660/, /write "0"/],
    ['cafe\u0301', /accents/, /NFC/],
    ['\u0130', /U\+0130/, /write "i"/],
    ['so\u2026', /U\+2026/, /write "\\\.\\\.\\\."/],
  ])('%j', (pattern, message, fix) => {
    expect(lintPattern(pattern)?.message).toMatch(message)
    expect(lintPattern(pattern)?.fix).toMatch(fix)
  })

  it.each([
    '\\bfoo\\b',
    '\\d+ ?mg',
    '\u00e9cole',
    '\u00c9cole',
    '\u0431\u043e\u043c\u0431\u0430',
    '\\pL+',
    'a\\tb\n',
    '\u70b8\u5f39',
    '\u20ac\\d',
    '\\x{e9}',
    '[\\x{80}-\\x{10ffff}]',
    '[^\\x00-\\x7f]',
    '\\\\x08',
    'x{300}',
  ])('%j is not', (pattern) => {
    expect(lintPattern(pattern)).toBeUndefined()
  })
})

describe('a word boundary beside a letter outside ASCII', () => {
  it.each([
    '\\b\u00e9cole',
    'caf\u00e9\\b',
    '\\b(\u00e9cole|maison)',
    '\\b(maison|\u00e9cole)',
    '\\b(?:maison|(?:x|\u00e9)cole)\\b',
    '(?P<word>caf\u00e9|th\u00e9)\\b',
    '(caf\u00e9|tea)+\\b',
    '\\b[e\u00e9]cole',
    '\\b(le )?\u00e9cole',
    '\\bx*\u00e9',
    '\u00e9s?\\b',
    '\\b\\pL+',
    '\\b\\x{e9}',
    '(?i)\\b\u0431\u043e\u043c\u0431\u0430\\b',
    '\\B\u00e9',
  ])('%j is refused', (pattern) => {
    expect(lintBoundary(pattern)?.message).toMatch(/word boundary/)
  })

  it.each([
    '\\bfoo\\b',
    '\\bf\u00fcr\\b',
    '\\bStra\u00dfe\\b',
    '\\b\\d+ ?\u20ac',
    '\\b(a|b\u00e9b)x\\b',
    '\\\\b\u00e9',
    '[\\b]x\u00e9',
    '\u00e9 \\bx',
    '\\b[^\u00e9]x',
    '(?:^|[^\\pL])\u00e9cole',
    '\\bx{2}\u00e9?y\\b',
  ])('%j is not', (pattern) => {
    expect(lintBoundary(pattern)).toBeUndefined()
  })

  it('is never found by RE2, and what the diagnostic says is', () => {
    const found = (source: string, text: string) => {
      const set = buildRegexSet([{ source, owner: 0 }])
      return typeof set !== 'string' && (createSentenceFinder([set])?.find(text) ?? []).length > 0
    }
    expect(found('\\b\u00e9cole\\b', 'une \u00e9cole ici')).toBe(false)
    expect(found('(?:^|[^\\pL\\pN])\u00e9cole(?:$|[^\\pL\\pN])', 'une \u00e9cole')).toBe(true)
    expect(found('(?:^|[^\\pL\\pN])\u00e9cole(?:$|[^\\pL\\pN])', 'une \u00e9coles')).toBe(false)
  })
})

describe('a phrase', () => {
  it('with a control character is refused', () => {
    expect(lintPhrase('do\bse')?.message).toMatch(/U\+0008/)
    expect(lintPhrase('two\nwords')).toBeUndefined()
  })
})
