/** Ways round the gate that were tried; each is kept. */
import { describe, expect, it } from 'vitest'
import { createOutputGate } from './output-gate.ts'
import { compileZones } from './test-harness/compile-zones.ts'
import { runGate } from './test-harness/run-gate.ts'

const line = 'Zzz.'

/** Everything that is heard, the same whole and in halves of characters. */
function heard(zones: Parameters<typeof compileZones>[0], ...utterances: readonly string[]): string {
  const policy = compileZones(zones)
  const [whole, cut] = [utterances.map((text) => [text]), utterances.map((text) => text.split(''))].map((pieces) =>
    runGate(createOutputGate(policy), pieces),
  )
  expect([cut?.heard, cut?.blocks]).toEqual([whole?.heard, whole?.blocks])
  return (whole?.heard ?? []).join('')
}
const words = (...phrases: readonly string[]) => [
  { name: 'words', phrases: [...phrases], action: 'redirect' as const, line },
]

describe('scripts written without spaces', () => {
  it.each([
    ['a long vowel mark before a Latin letter', '\u30b9\u30fc\u30d1\u30fc', 'x\u30b9\u30fc\u30d1\u30fcx'],
    ['the same in half width', '\u30b9\u30fc\u30d1\u30fc', 'x\uff7d\uff70\uff8a\uff9f\uff70x'],
    ['a circled ideograph', '\u79d8', 'abc\u3299def'],
    ['an ideograph in brackets', '\u682a', 'abc\u3231def'],
    ['a squared word', '\u682a\u5f0f\u4f1a\u793e', 'abc\u337fdef'],
    ['Hangul typed letter by letter', '\ubc25', '\u3142\u314f\u3142'],
    ['Hangul with a cluster, typed', '\uac12', '\u3131\u314f\u3144'],
    ['half-width Hangul', '\ubc25', '\uffb2\uffc2\uffb2'],
    ['Hangul decomposed', '\ubc25', '\ubc25'.normalize('NFD')],
    ['Hangul with a zero-width space', '\ubc25\uc0c1', '\ubc25\u200b\uc0c1'],
    ['half-width Katakana', '\u30d0\u30ab', '\uff8a\uff9e\uff76'],
    ['a compatibility ideograph', '\u8c48', '\uf900'],
    ['a radical', '\u4e00', '\u2f00'],
  ])('%s', (_, phrase, said) => {
    expect(heard(words(phrase), `so ${said} it`)).toMatch(/^so \w*(?: |)Zzz\./)
  })

  it('a syllable that goes on is another one', () => {
    expect(heard(words('\ubc25'), '\ubc14\ube0c')).toBe('\ubc14\ube0c')
    expect(heard(words('\ubc25'), '\ubc14\ube0c'.normalize('NFD'))).toBe('\ubc14\ube0c'.normalize('NFD'))
  })
})

describe('letters that fold to several, and blanks that are none', () => {
  it.each([
    ['find', '\ufb01nd'],
    ['find', '\ufb01n\u200dd'],
    ['STRASSE', 'stra\u00dfe'],
    ['stra\u00dfe', 'STRASSE'],
    ['stra\u1e9ee', 'strasse'],
    ['istanbul', '\u0130stanbul'],
    ['istanbul', '\u0131stanbul'],
    ['\u0130stanbul', 'istanbul'],
    ['fish', '\ufb01\u017fh'],
    ['mg', '\u338e'],
    ['d\u017ein', '\u01c5in'],
    ['office', 'o\ufb03ce'],
    ['dose', 'd\u1d52s\u1d49'],
    ['dose', '\u249f\u24aa\u24ae\u24a0'],
    ['dose', '\u{1f1e9}\u{1f1f4}\u{1f1f8}\u{1f1ea}'],
    ['take four', 'take\u3164four'],
    ['take four', 'ta\u3164ke\uffa0four'],
    ['take four', 'take\u180efour'],
    ['take four', 'take\u001ffour'],
    ['dose', 'do\u0000se'],
    ['sos', '\u{1f198}'],
    ['cool off', '\u{1f192}-off'],
    ['dose', '\u{1f133}\u{1f13e}\u{1f142}\u{1f134}'],
  ])('%s as %j', (phrase, said) => {
    expect(heard(words(phrase), `so ${said} it`)).toBe(`so ${line} it`)
  })
})

describe('half characters', () => {
  it('do not become one over two utterances', () => {
    const said = heard(words('dose'), 'a \ud835', '\udc1dose now')
    expect(said.isWellFormed()).toBe(true)
    expect(said).toBe('a \ufffd\ufffdose now')
  })

  it('cut no word', () => {
    expect(heard(words('dose'), 'a dose\ud835 b \udc1ddose c')).toBe('a Zzz. \ufffd b \ufffd Zzz. c')
  })
})

describe('long runs between the letters', () => {
  it.each([
    ['marks', '\u0301'],
    ['zero-width joiners', '\u200d'],
    ['variation selectors', '\ufe0f'],
    ['tags', '\u{e0061}'],
    ['blanks', ' '],
    ['dots', '.'],
    ['bidi controls', '\u202e'],
  ])('%s hide nothing, and an endless one stops the turn', (_, filler) => {
    for (const count of [1, 300, 600])
      expect(heard(words('dose'), `a ${[...'dose'].join(filler.repeat(count))} b`)).toBe('a Zzz. b')
    expect(heard(words('do se'), `a do${filler.repeat(5000)}se b`)).toBe('a ')
  })

  it('the last place from which a phrase is carried over utterances is two pages back', () => {
    const reaches = (blanks: number): string => heard(words('take four'), `take${' '.repeat(blanks)}`, 'four it').trim()
    expect(reaches(4092)).toMatch(/Zzz\. it$/)
    expect(reaches(4093)).toMatch(/four it$/)
    const astral = `\u{1d42d}ake${' '.repeat(4091)}`
    expect(heard(words('take four'), astral, 'four it')).toMatch(/Zzz\. it$/)
    expect(heard(words('take four'), `${'word '.repeat(3000)}take `, 'four it')).toMatch(/take Zzz\. it$/)
  })
})

describe('zones that overlap', () => {
  const scoped = (name: string, scope: 'match' | 'sentence' | 'turn', ...phrases: readonly string[]) => ({
    ...words(...phrases)[0],
    name,
    action: 'redirect' as const,
    scope,
    line: `${name}.`,
  })

  it('with different scopes each withhold what is theirs', () => {
    const zones = [
      scoped('one', 'match', 'red dose'),
      scoped('two', 'sentence', 'dose blue'),
      scoped('three', 'turn', 'green'),
    ]
    expect(heard(zones, 'Ok. A red dose blue it. Well. A green one. More.')).toBe('Ok. two. one. Well. three.')
  })

  it('a sentence without an end is hidden as far back as it waits', () => {
    const hidden = heard([scoped('two', 'sentence', 'dose')], `Ok. ${'word '.repeat(100)}dose more. Bye.`)
    const left = hidden.replace(/ two\..*/s, '')
    expect(left.length).toBeLessThan(4 + 500 - 200)
    expect(hidden).toMatch(/two\. Bye\.$/)
  })

  it('an exception that began in an earlier utterance is carried as state', () => {
    const policy = compileZones([{ ...scoped('one', 'match', 'dose'), unless: ['no dose'] }])
    const first = createOutputGate(policy)
    runGate(first, [['no ']])
    expect(runGate(createOutputGate(policy, first.carriedState()), [['dose']]).heard).toEqual(['dose'])
  })

  it('an exception of one zone is none of another', () => {
    const zones = [
      { ...scoped('one', 'match', 'dose'), unless: ['dose of reality'] },
      scoped('two', 'match', 'of reality'),
    ]
    expect(heard(zones, 'a dose of reality b')).not.toMatch(/reality|dose/)
  })
})

describe('views that are mixed within one phrase', () => {
  it.each([
    't4ke f.o.u.r',
    'T A K E f0ur',
    't\u0430k\u0435-\u{1d41f}our',
    't a k e\u200bf o u r',
    '7@k3_(f)our',
    'ta\u00adke\u2028four',
    't.a.k.e\n\nf o u r',
    '\u24e3ake\u3000\uff46our',
  ])('%j', (said) => {
    expect(heard(words('take four'), `so ${said} it`)).toMatch(/^so Zzz\.(?: \(.*)? it$/)
  })
})

describe('regexes', () => {
  const zones = (...patterns: readonly string[]) => [
    { name: 'patterns', regexes: [...patterns], action: 'redirect' as const, line },
  ]

  it.each([
    ['digits of another script', '\\d+ ?mg', '\u0664\u0660\u0660 mg'],
    ['digits beyond the basic plane', '\\d+ ?mg', '\u{116da}\u{116db} mg'],
    ['a filler for a blank', 'take four', 'take\u3164four'],
    ['a mark within', 'take four', 'tak\u200de f\u2060our'],
    ['a unit in one character', '\\d+ ?mg', '400\u338e'],
    ['a dotted capital i', 'mix it', 'm\u0130x it'],
    ['a title-case ligature', 'find', '\ufb01nd'],
  ])('%s', (_, pattern, said) => {
    expect(heard(zones(pattern), `so ${said} it. Bye.`)).toBe('so Zzz. it. Bye.')
  })
})
