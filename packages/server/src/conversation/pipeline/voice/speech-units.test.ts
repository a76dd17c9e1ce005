import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clearedWords } from '../../test-harness/cleared-words.ts'
import { SpeechUnits } from './speech-units.ts'

describe('the units of speech', () => {
  it.each([
    ['sentences', 'It is open. Do come! When? Now.', ['It is open.', ' Do come!', ' When?', ' Now.']],
    [
      'a clause to begin with',
      'Let me have a look, please. One moment, then.',
      ['Let me have a look,', ' please.', ' One moment, then.'],
    ],
    ['no clause of a word', 'Yes, we are open. Come in.', ['Yes, we are open.', ' Come in.']],
    ['titles', 'Now Dr. Ada and Mrs. Byron are in. Good.', ['Now Dr. Ada and Mrs. Byron are in.', ' Good.']],
    ['short forms', 'Bring e.g. a card, i.e. a pass. Good.', ['Bring e.g. a card,', ' i.e. a pass.', ' Good.']],
    ['initials', 'Ask J. S. Bach. Good.', ['Ask J. S. Bach.', ' Good.']],
    ['numbers', 'It is 3.5 km at 8:00 for $1,000.50 now. Good.', ['It is 3.5 km at 8:00 for $1,000.50 now.', ' Good.']],
    ['a time that ends a sentence', 'Come at 8 p.m. We wait.', ['Come at 8 p.m.', ' We wait.']],
    ['a time within a sentence', 'Come at 8 p.m. or later. Good.', ['Come at 8 p.m. or later.', ' Good.']],
    ['lists', '1. Bring it. 2. Pay it.', ['1. Bring it.', ' 2. Pay it.']],
    ['lines', 'Bring these\n- a card\n- a pass', ['Bring these\n', '- a card\n', '- a pass']],
    ['quotes that close', 'He said "stop." Then (he ran.) Good.', ['He said "stop."', ' Then (he ran.)', ' Good.']],
    ['dots that wait', 'Let me see... It is open. Good.', ['Let me see...', ' It is open.', ' Good.']],
    ['Chinese', '我们今天开门。请进！好吗？', ['我们今天开门。', '请进！', '好吗？']],
    ['Hindi and Arabic', 'हम खुले हैं। आइए। هل أنت هنا؟ نعم.', ['हम खुले हैं।', ' आइए।', ' هل أنت هنا؟', ' نعم.']],
    ['a dash', 'We are open today — until six. Good.', ['We are open today —', ' until six.', ' Good.']],
    [
      'a word with a hyphen',
      'A well-known follow-up visit - today. Good.',
      ['A well-known follow-up visit -', ' today.', ' Good.'],
    ],
  ])('are, for %s: %j', (_what, text, units) => {
    expect(split([text])).toEqual(units)
    expect(split(text.split(/(?<=\s)/))).toEqual(units)
    expect(split([...text])).toEqual(units)
  })

  it('are handed on as soon as what follows has begun', () => {
    const units = new SpeechUnits()
    expect(units.push(clearedWords('It is open'))).toEqual([])
    expect(units.push(clearedWords('.'))).toEqual([])
    expect(units.push(clearedWords(' Do'))).toEqual(['It is open.'])
    expect(units.push(clearedWords(' come'))).toEqual([])
    expect(units.flush()).toEqual([' Do come'])
    expect(units.flush()).toEqual([])
  })

  it('may begin with a clause again behind a flush', () => {
    const units = new SpeechUnits()
    expect(units.push(clearedWords('One moment.'))).toEqual([])
    expect(units.flush()).toEqual(['One moment.'])
    expect(units.push(clearedWords(' Tomorrow at ten, if you like'))).toEqual([' Tomorrow at ten,'])
  })

  it('leave blanks to the words behind them', () => {
    const units = new SpeechUnits()
    units.push(clearedWords('  \n'))
    expect(units.flush()).toEqual([])
    units.push(clearedWords('Yes'))
    expect(units.flush()).toEqual(['  \nYes'])
  })

  it('are no longer than 300 characters, and cut at a blank where there is one', () => {
    const words = split(['word '.repeat(200)])
    expect(Math.max(...words.map((unit) => unit.length))).toBe(300)
    expect(words.every((unit) => unit.endsWith(' '))).toBe(true)
    const faces = split(['👩‍👩‍👧‍👦'.repeat(100)])
    expect(Math.max(...faces.map((unit) => unit.length))).toBeLessThanOrEqual(300)
    expect(faces.every((unit) => unit.startsWith('👩') && unit.endsWith('👦'))).toBe(true)
  })

  it('are, put together, what was said, however it came', () => {
    const token = fc.constantFrom(
      'Dr',
      '.',
      ' ',
      ',',
      'word',
      '\n',
      '。',
      '"',
      '3',
      'e.g',
      ':',
      '-',
      '😀',
      'A',
      '?',
      '…',
    )
    fc.assert(
      fc.property(fc.array(token, { maxLength: 200 }), (tokens) => {
        const text = tokens.join('')
        const units = split(tokens)
        expect(text.startsWith(units.join(''))).toBe(true)
        expect(text.slice(units.join('').length).trim()).toBe('')
        expect(units.every((unit) => unit.length <= 300)).toBe(true)
        expect(split([text])).toEqual(units)
      }),
    )
  })

  it('take time in proportion to what is said, whatever it is', () => {
    const units = new SpeechUnits()
    const startedMs = performance.now()
    for (let token = 0; token < 20_000; token++) units.push(clearedOnce)
    expect(performance.now() - startedMs).toBeLessThan(5000)
  })
})

const clearedOnce = clearedWords('e.g. Dr. ')

function split(tokens: readonly string[]): readonly string[] {
  const units = new SpeechUnits()
  return [...tokens.flatMap((token) => (token === '' ? [] : units.push(clearedWords(token)))), ...units.flush()]
}
