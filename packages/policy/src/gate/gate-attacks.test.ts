/** Ways round the gate that were tried; each is kept. */
import { describe, expect, it } from 'vitest'
import { matchText } from '../match/match-text.ts'
import { compileZones } from '../test-harness/compile-zones.ts'
import { runGate } from '../test-harness/run-gate.ts'
import { createOutputGate } from './output-gate.ts'

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
    ['take four', 'take\u115ffour'],
    ['take four', 'take\u1160four'],
    ['take four', 't\u115fa\u1160k\u3164e\uffa0four'],
    ['take four', 'take\u200cfour'],
    ['take four', 'take\u200dfour'],
    ['take four', 'take\u2060four'],
    ['take four', 'take\u00adfour'],
    ['take four', 'take\u034ffour'],
    ['take four', 'take\ufe0ffour'],
    ['take four', 'take\u{e0100}four'],
    ['take four', 'take\u202efour'],
    ['take four', 'ta\u00adke\u200c\u2060fo\u200cur'],
    ['take four', 't a k e\u200cfour'],
    ['take four', `take${'\u200c'.repeat(600)}four`],
    ['take four mg', 'take\u200cfour\u00admg'],
    ['take four', 'take\u0301\u200cfour'],
    ['take four', 'take\u001ffour'],
    ['dose', 'do\u0000se'],
    ['sos', '\u{1f198}'],
    ['cool off', '\u{1f192}-off'],
    ['dose', '\u{1f133}\u{1f13e}\u{1f142}\u{1f134}'],
  ])('%s as %j', (phrase, said) => {
    expect(heard(words(phrase), `so ${said} it`)).toBe(`so ${line} it`)
  })
})

describe('what is invisible', () => {
  it.each([
    ['ass', 'cl\u00adass'],
    ['ass', 'ass\u00adess'],
    ['ass', 'ass\u200cess'],
    ['cafe', 'cafe\u0301s'],
    ['an al', 'ana\u00adlyse'],
    ['take four', 'take\u200cfourth'],
    ['take four', 'xtake\u200cfour'],
    ['take four', 'take\u0301four'],
  ])('is no end of a word: %s in %j', (phrase, said) => {
    expect(heard(words(phrase), `so ${said} it`)).toBe(`so ${said} it`)
  })

  it('gives nobody an exception', () => {
    expect(
      heard([{ ...words('dose')[0], name: 'one', action: 'redirect', line, unless: ['no dose'] }], 'no\u200cdose-dose'),
    ).toContain(line)
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

  it.each(['sentence', 'turn'] as const)('of a long sentence, scope %s hides the first character too', (scope) => {
    const long = `${'The market is doing well and many people think about it, '.repeat(7)}so you should`
    const rest = scope === 'turn' ? '' : ' Bye.'
    expect(heard([scoped('two', scope, 'buy shares')], `Ok. ${long} buy shares now. Bye.`)).toBe(`Ok. two.${rest}`)
    const patterns = { ...scoped('two', scope, 'xyz'), regexes: ['buy (shares|funds)', 'start.*end'] }
    expect(heard([patterns], `Ok. ${long} buy funds now. Bye.`)).toBe(`Ok. two.${rest}`)
    expect(heard([patterns], `Ok. ${long} start ${long} end now. Bye.`)).toBe(`Ok. two.${rest}`)
  })

  it('a sentence that is hidden whole waits for two pages, and longer ones stop the turn', () => {
    const zones = [scoped('two', 'sentence', 'dose')]
    const fits = `${'word '.repeat(818)}ends.`
    expect(heard(zones, `${fits} Bye.`)).toBe(`${fits} Bye.`)
    expect(heard(zones, `Ok. ${'word '.repeat(820)}ends. Bye.`)).toBe('Ok. ')
  })

  it('an exception that is cut later, by a phrase of another zone, was none', () => {
    const zones = [
      { ...scoped('one', 'match', 'dose'), unless: ['no dose of'] },
      scoped('two', 'match', 'of this reality'),
    ]
    expect(heard(zones, 'so no dose of this reality b')).toBe('so no one.  b')
    expect(heard(zones, 'so no dose of this one b')).toBe('so no dose of this one b')
    expect(heard(zones, 'so no dose of', ' this reality b')).toBe('so no dose of two. b')
  })

  it('an exception that a regex cuts was none, at the end of the sentence and of the utterance', () => {
    const zones = [
      { ...scoped('one', 'match', 'dose'), unless: ['no dose of'] },
      { name: 'two', regexes: ['of +\\d+'], action: 'redirect' as const, line: 'two.' },
    ]
    expect(heard(zones, 'So no dose of 12. More.')).toBe('So no one. two. More.')
    expect(heard(zones, 'So no dose of 12')).toBe('So no one. two.')
    expect(heard(zones, 'So no dose of it. More.')).toBe('So no dose of it. More.')
  })

  it('a match whose exception is withheld with it is one decision less', () => {
    const zones = [{ ...scoped('one', 'match', 'dose'), unless: ['no dose of'] }, scoped('two', 'sentence', 'blue')]
    expect(heard(zones, 'Ok. So no dose of blue ones. More.')).toBe('Ok. two. More.')
  })

  it('an exception that began in an earlier utterance is carried as state', () => {
    const policy = compileZones([{ ...scoped('one', 'match', 'dose'), unless: ['no dose'] }])
    const first = createOutputGate(policy)
    runGate(first, [['no ']])
    expect(runGate(createOutputGate(policy, first.carriedState()), [['dose']]).heard).toEqual(['dose'])
  })

  it.each([
    ['a markup comment', '<!-- no --> dose'],
    ['a tag', '<no> dose'],
    ['an attribute', '<x a="no"/> dose'],
    ['the sentence before', 'I say no. Dose'],
    ['a question before', 'No? Dose'],
  ])('an exception is not put together with %s', (_, said) => {
    const zones = [{ ...scoped('one', 'match', 'dose'), unless: ['no dose'] }]
    expect(heard(zones, `So ${said} it`)).toMatch(/one\. it$/)
    expect(matchText(compileZones(zones), `So ${said} it`)).toHaveLength(1)
    const [first = '', second = ''] = said.split(/(?<= )(?=[dD]ose)/)
    expect(heard(zones, `So ${first}`, `${second} it`)).toMatch(/one\. it$/)
  })

  it('an exception may have a title in it', () => {
    const zones = [{ ...scoped('one', 'match', 'dose'), unless: ['Dr. Smith dose'] }]
    expect(heard(zones, 'so Dr. Smith dose it')).toBe('so Dr. Smith dose it')
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
    ['a Hangul filler for a blank', 'take four', 'take\u115ffour'],
    ['another', 'take four', 'take\u1160four'],
    ['a sharp s for two', 'STRASSE', 'Stra\u00dfe'],
    ['two for a sharp s', 'stra\u00dfe', 'STRASSE'],
    ['a sharp s for itself', 'stra\u00dfe', 'Stra\u00dfe'],
    ['a capital sharp s', 'stra\u00dfe', 'STRA\u1e9eE'],
    ['one of several letters', 'stra[x\u00df]e', 'STRASSE'],
    ['a range of letters', 'stra[\u00c0-\u00ff]e', 'stra\u00dfe'],
    ['a repeated letter', '^so stra\u00df?\\w{0}s*e$|x\u00df{2}y', 'xSSSSy'],
    ['a final sigma', '\u03bb\u03cc\u03b3\u03bf\u03c3', '\u039b\u038c\u0393\u039f\u03a3'],
    ['a letter that folds to several marks', '\u0390x', '\u0390X'],
    ['an iota below', '\u1fb3\u03b4\u03c9', '\u0391\u0399\u0394\u03a9'],
    ['a caron that has no capital', '\u01f0e', '\u01f0E'],
  ])('%s', (_, pattern, said) => {
    expect(heard(zones(pattern), `so ${said} it. Bye.`)).toBe('so Zzz. it. Bye.')
  })

  it.each([
    ['\u00df', 'an SS b'],
    ['ss', 'an \u00df b'],
    ['[^\u00df]x', 'an sx b'],
    ['\\Q\u00df\\E', 'an \u00df b'],
    ['(?P<one>\u00df)', 'an ss b'],
  ])('%s in %j is found where it stands', (pattern, said) => {
    expect(heard(zones(pattern), said)).toBe('an Zzz. b')
  })
})
