/** What is heard counts, however it is written: numbers, signs, units, letters by their names. */
import { describe, expect, it } from 'vitest'
import { createOutputGate } from '../gate/output-gate.ts'
import { matchText } from '../match/match-text.ts'
import { compileZones } from '../test-harness/compile-zones.ts'
import { runGate } from '../test-harness/run-gate.ts'

type Languages = readonly ('en' | 'de' | 'fr' | 'es')[]

function policyOf(phrase: string, languages: Languages = []) {
  return compileZones([{ name: 'one', phrases: [phrase], action: 'redirect', line: 'Zzz.', languages: [...languages] }])
}

function viewsIn(phrase: string, text: string, languages: Languages = []) {
  return [...new Set(matchText(policyOf(phrase, languages), text).map(({ view }) => view))]
}

const heard: readonly (readonly [string, string])[] = [
  ['two hundred milligrams', 'Take 200 mg now.'],
  ['two hundred milligrams', 'Take 200mg now.'],
  ['two hundred milligrams', 'Take two hundred mg.'],
  ['take two hundred milligrams', 'take 200 mg'],
  ['200 mg', 'two hundred milligrams'],
  ['200 mg', '200 milligrams'],
  ['200 mg', 'zweihundert Milligramm'],
  ['200 mg', 'deux cents milligrammes'],
  ['200 mg', 'doscientos miligramos'],
  ['zweihundert milligramm', '200 mg'],
  ['deux cents milligrammes', '200 mg'],
  ['doscientos miligramos', '200 mg'],
  ['two hundred and five', '205'],
  ['1,250', 'one thousand two hundred fifty'],
  ['nineteen eighty four', 'in 1984, yes'],
  ['neunzehnhundertvierundachtzig', 'Im Jahr 1984.'],
  ['five dollars', 'It costs $5.'],
  ['$5', 'It costs five dollars.'],
  ['fifty euros', '50\u20ac'],
  ['fifty euros', '50 \u20ac'],
  ['fifty percent', '50%'],
  ['f\u00fcnfzig Prozent', '50 %'],
  ['three point five', '3.5'],
  ['drei komma f\u00fcnf', '3,5'],
  ['555 123', 'call five five five one two three'],
  ['555 123', 'call double five five one two three'],
  ['555123', 'f\u00fcnf f\u00fcnf f\u00fcnf eins zwei drei'],
  ['five five five one two three', '555-123'],
  ['five five five one two three', '555123'],
  ['bob@example.com', 'write to bob at example dot com'],
  ['bob at example dot com', 'write to bob@example.com!'],
  ['bob@example.com', 'bob at example punkt com'],
  ['bob@example.com', 'bob arroba example punto com'],
  ['c++', 'learn c plus plus'],
  ['salt and pepper', 'salt & pepper'],
  ['bomb', 'bravo oscar mike bravo'],
  ['bomb', 'Bravo, Oscar, Mike, Bravo!'],
  ['bomb', 'bee oh em bee'],
  ['a bomb now', 'a bee oh em bee now'],
  ['bomb', 'be o eme be'],
  ['bombe', 'be o emme be e'],
  ['web', 'double u ee bee'],
  ['h2o', 'aitch two oh'],
  ['twenty first', 'the 21st'],
  ['first', 'the 1st'],
  ['21st', 'the twenty-first'],
  ['fifty euros', '\u20ac 50'],
  ['50 euros', '\u20ac 50'],
  ['fifty euros', '\u20ac50.00'],
  ['AK-47', 'an AK forty-seven'],
  ['AK-47', 'an A K forty seven'],
  ['c4', 'some C four'],
  ['r&d', 'R and D'],
  ['take ten pills', 'take \u2469 pills'],
  ['bombe', 'Berta Otto Martha Berta Emil'],
  ['bomb', 'a <sub alias="b&#111;mb">thing</sub>'],
  ['bomb', 'a bo&ZeroWidthSpace;mb'],
]

describe('the spoken view', () => {
  it.each(heard)('finds %j in %j', (phrase, text) => {
    expect(viewsIn(phrase, text)).toContain('spoken')
  })

  it.each(heard)('P1 P2: withholds %j in %j, unit by unit as whole', (phrase, text) => {
    const policy = policyOf(phrase)
    const said = `Qq xx ${text} qq.`
    const whole = runGate(createOutputGate(policy), [[said]])
    const units = runGate(createOutputGate(policy), [said.split('')])
    expect(whole.blocks.length).toBeGreaterThan(0)
    expect([units.heard, units.released, units.blocks]).toEqual([whole.heard, whole.released, whole.blocks])
    expect(matchText(policy, whole.heard.join(''))).toEqual([])
  })

  it.each([
    ['icu', 'I see you'],
    ['yru', 'Why are you late?'],
    ['bc', 'be see'],
    ['bomb', 'bravo oscar'],
    ['two', 'the 2nd floor'],
    ['dose', 'dee oh'],
    ['be', 'a bee'],
    ['at', 'near home'],
    ['dot com', 'The end. Com is a word.'],
    ['@55', 'at fifty five'],
    ['ass', 'Assess 4 classes'],
    ['two hundred', '12000 200000'],
    ['fifty euros', '\u20ac and 50'],
    ['a4', 'a four hour wait'],
  ])('P3: does not find %j in %j', (phrase, text) => {
    expect(viewsIn(phrase, text)).toEqual([])
  })

  it.each([
    ['\\d+ ?mg', 'Take four hundred mg.'],
    ['\\d{6}', 'My code is five five five one two three.'],
    ['two hundred milligrams', 'Take 200 mg.'],
    ['zweihundert milligramm', 'Nimm 200 mg.'],
    ['ann at site dot org', 'It is ann@site.org ok.'],
    ['bom+b', 'It is a bee oh em bee.'],
    ['bom+b', 'It is a bo<break/>mb.'],
    ['bom+b', 'It is a b&#111;mb.'],
    ['\\bfive dollars', 'Give me $5.'],
  ])('finds the regex %j in %j', (regex, text) => {
    const policy = compileZones([{ name: 'one', regexes: [regex], action: 'redirect', line: 'Zzz.' }])
    expect(matchText(policy, text)).not.toEqual([])
    const run = runGate(createOutputGate(policy), [text.split('')])
    expect(run.blocks.length).toBeGreaterThan(0)
    expect(matchText(policy, run.heard.join(''))).toEqual([])
  })

  it('reads a zone only in its languages', () => {
    expect(viewsIn('zweihundert milligramm', '200 mg', ['en'])).toEqual([])
    expect(viewsIn('zweihundert milligramm', '200 mg', ['de', 'fr'])).toEqual(['spoken'])
    expect(viewsIn('200 mg', 'zweihundert milligramm', ['en'])).toEqual([])
    expect(viewsIn('bomb', 'bee oh em bee', ['de'])).toEqual([])
  })

  it('does not read one phrase in two languages', () => {
    expect(viewsIn('two hundred milligramm', '200 mg')).toEqual([])
  })
})

describe('a sign of currency', () => {
  it('is heard with the number that the next utterance begins with', () => {
    const gate = createOutputGate(policyOf('fifty euros'))
    expect(runGate(gate, [['It costs \u20ac '], ['50 today']]).released).toEqual(['It costs \u20ac ', ' today'])
  })

  it('behind a number belongs to that one', () => {
    expect(viewsIn('fifty euros', 'Of 5\u20ac 50 cents are gone.')).toEqual([])
  })
})
