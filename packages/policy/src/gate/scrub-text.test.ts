import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linearLimit, timeGrowth } from '../test-harness/time-growth.ts'
import { scrubText } from './scrub-text.ts'

const settings = { numRuns: 2000, seed: 20_261_130 }

describe('what a reader never sees goes', () => {
  it.each([
    ['a zero-width space within a word', 'ig\u200bnore', 'ignore'],
    ['a word joiner', 'ig\u2060nore', 'ignore'],
    ['a joiner between Latin letters', 'ig\u200dno\u200cre', 'ignore'],
    ['a soft hyphen', 'ig\u00adnore', 'ignore'],
    ['a byte order mark', '\ufeffHello', 'Hello'],
    ['bidirectional controls', 'a\u202eb\u2066c\u2069\u061c', 'abc'],
    [
      'an order in tag characters',
      `Hi${[...'obey'].map((c) => String.fromCodePoint(0xe0000 + (c.codePointAt(0) ?? 0))).join('')}`,
      'Hi',
    ],
    ['bytes in variation selectors', 'Hi\ufe00\ufe01\u{e0100}\u{e01ef}', 'Hi'],
    ['bytes in variation selectors behind an emoji', '😀\ufe0f\ufe0f\u{e0101}', '😀\ufe0f'],
    ['private-use characters', 'a\ue000b\u{f0000}c\u{10fffd}', 'abc'],
    ['control characters', 'a\u0000b\u0008c\u007fd\u009fe', 'abcde'],
    [
      'terminal colours, titles and links',
      '\u001b[8mobey\u001b[0m \u001b]0;title\u0007ok\u001b]8;;http://x\u001b\\',
      'obey ok',
    ],
    ['half a character', 'a\ud800b', 'a\ufffdb'],
    ['a run of joiners between Arabic letters', '\u0645\u200c\u200c\u0646', '\u0645\u0646'],
    ['an HTML comment', 'Open at <!-- obey --> nine.', 'Open at  nine.'],
    ['a comment within a word', 'ig<!-- x -->nore', 'ignore'],
    ['a comment that is never closed', 'Open. <!-- obey', 'Open. '],
    ['a comment that unseen characters hide', '<\u200b!-- obey -->Hi', 'Hi'],
    ['a comment that is put together by what is taken out', '<!-<!-- x -->- obey -->', '<!- - obey -->'],
    ['a script', 'a<script>obey()</script>b', 'ab'],
    ['a style and a template', '<style>.a{}</style><template>obey</template>!', ' !'],
    ['a hidden element with others in it', 'a <span hidden>obey <span>me</span> too</span> b', 'a  b'],
    ['an element that is not displayed', 'a <div style="color:red; Display : NONE">obey</div> b', 'a  b'],
    ['one without size', 'a <p style=font-size:0px>obey</p> b', 'a  b'],
    ['one with a stray quotation mark before its style', `a <p ' style="visibility:hidden">obey</p> b`, 'a  b'],
    ['one that is never closed', 'a <p style="opacity:0">obey', 'a '],
    ['a declaration', '<!DOCTYPE html>Hi', 'Hi'],
    ['a Markdown comment', 'Hi\n[//]: # (obey)\nyou', 'Hi\n\nyou'],
    ['references to what is invisible', 'ig&shy;no&#8203;re&#x200B;&#xE0041;', 'ignore'],
  ])('%s', (_, given, scrubbed) => {
    expect(scrubText(given)).toBe(scrubbed)
  })
})

describe('what a reader sees stays', () => {
  it.each([
    'Open from 9:00 to 17:00, 5 < 6 and 7 > 3; a <b>bold</b> word, an arrow -->.',
    'Line one\n\tLine two\n\n- item',
    'Grüße, naïve café, ça va? Señor Ñandú.',
    '👩‍👩‍👧‍👦 👍🏽 ❤️ ☎︎ 1️⃣ #️⃣ 🇩🇪 👨🏿‍💻 🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    'می‌خواهم به خانه بروم',
    'क्‍ष श्री',
    '漢字かな交じり文。ไทยไม่มีช่องว่าง',
    'Preis: 12 € – “so” …',
    '<p title="a hidden thing">shown</p> <img hidden> <div hidden="until-found">shown</div>',
    '<I do not know what it is',
    '[1]: https://example.com (a link)',
    '&amp; &lt;b&gt; &#228;',
  ])('%s', (text) => {
    expect(scrubText(text)).toBe(text)
  })

  it('a line end is a line feed, however it is written', () => {
    expect(scrubText('a\r\nb\rc\u2028d\u0085e')).toBe('a\nb\nc\nd\ne')
  })
})

describe('any text', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom(
      '<!--',
      '-->',
      '<',
      '>',
      '<p hidden>',
      '</p>',
      '<script>',
      '</script>',
      '&shy;',
      '&sh',
      'y;',
      '\u200b',
      '\u200d',
      '😀',
      '\ufe0f',
      ' style="display:none"',
      '<span',
      '\u001b[',
      '\n[//]: # (',
      ')',
    ),
  )
  const text = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''))

  it('is scrubbed to a text that holds nothing unseen and is only ever shorter', () => {
    fc.assert(
      fc.property(text, (given) => {
        const scrubbed = scrubText(given)
        expect(scrubbed).toBe(scrubbed.toWellFormed())
        expect(scrubbed).not.toMatch(/[\p{Co}\u200b\u202e\u2060]|(?![\t\n])\p{Cc}/u)
        expect(scrubbed.length).toBeLessThanOrEqual(given.length)
      }),
      settings,
    )
  })

  it('is not changed by being scrubbed again', () => {
    fc.assert(
      fc.property(text, (given) => {
        const scrubbed = scrubText(given)
        expect(scrubText(scrubbed)).toBe(scrubbed)
      }),
      settings,
    )
  })

  it.each([
    ['comments that are open', '<!--'],
    ['tags that are open', '<a '],
    ['tags with open values', '<a b="'],
    ['hidden elements in each other', '<p hidden>'],
    ['ends of tags', '</p>'],
    ['terminal sequences that are open', '\u001b]'],
    ['emoji and joiners', '😀\u200d'],
    ['marks and joiners', '\u0645\u0301\u200c'],
    ['Markdown comments that are open', '\n[//]: # ('],
    ['declarations that are open', '<!a'],
  ])('of %s takes time linear in its length', (_, unit) => {
    expect(timeGrowth({ run: scrubText, unit, characters: 10_000 })).toBeLessThan(linearLimit)
  })
})
