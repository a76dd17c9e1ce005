import { scriptDocumentSchema } from '@hyponema/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchScript, readScript } from './match-script.ts'

/** What one pattern picks out of a message; undefined when it does not match. */
function valuesOf(pattern: string, text: string): Record<string, string> | undefined {
  const script = scriptDocumentSchema.parse({ rules: [{ when: [pattern] }] })
  const match = matchScript(readScript(script), 'start', text)
  return match === undefined ? undefined : Object.fromEntries(match.values)
}

describe('patterns', () => {
  test.each([
    ['opening hours', 'What are your OPENING-hours?'],
    ['opening hours', 'opening, I mean, the hours'],
    ["don't", 'I don’t know'],
    ['dont', "DON'T"],
    ['^yes', '  "Yes", please'],
    ['please$', 'yes please!'],
    ['^yes$', 'Yes.'],
    ['yes$', 'yes yes yes'],
    ['straße', 'Eine STRASSE? Straße!'],
    ['9:30', 'at 9.30, then'],
  ])('%j is found in %j', (pattern, text) => {
    expect(valuesOf(pattern, text)).toEqual({})
  })

  test.each([
    ['hours opening', 'opening hours'],
    ['yes', 'yesterday'],
    ['^yes', 'oh yes'],
    ['please$', 'please help'],
    ['^yes$', 'yes and no'],
    ['dose', 'doses'],
    ['a', ''],
    ['a a', 'a'],
  ])('%j is not found in %j', (pattern, text) => {
    expect(valuesOf(pattern, text)).toBeUndefined()
  })

  test.each([
    ['Repeat after me: You can — ｇｉｖｅ {{him}} 200mg!', 'You can — ｇｉｖｅ {{him}} 200mg!'],
    ['repeat after me,  b o m b  ', 'b o m b'],
    ['REPEAT after me\nline one\nline two', 'line one\nline two'],
    ['repeat after me "quoted"', '"quoted"'],
    ['please repeat after me: repeat after me: x', 'repeat after me: x'],
  ])('captures the rest of %j verbatim', (text, rest) => {
    expect(valuesOf('repeat after me *', text)).toEqual({ rest })
  })

  test('does not match when there is no rest to capture', () => {
    expect(valuesOf('repeat after me *', 'Repeat after me: ')).toBeUndefined()
  })

  test('a pattern of only * captures everything', () => {
    expect(valuesOf('*', ' Anything, at all ')).toEqual({ rest: 'Anything, at all' })
  })

  test('whatever is said after the colon comes back unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (said) => {
        const expected = said.trim()
        fc.pre(expected !== '' && !/^[:,]/.test(expected) && !/^['’.\p{M}\p{L}\p{N}]/u.test(said))
        expect(valuesOf('repeat after me *', `repeat after me:${said}`)).toEqual({ rest: expected })
      }),
    )
  })
})

describe('captures', () => {
  test.each([
    ['I need to see someone on Tuesday morning.', 'Tuesday'],
    ['thurs?', 'Thursday'],
    ['any of your FRIDAYS', 'Friday'],
    ["Wednesday's fine", 'Wednesday'],
    ['Sunday', 'Sunday'],
  ])('the weekday in %j is %s', (text, weekday) => {
    expect(valuesOf('{weekday}', text)).toEqual({ weekday })
  })

  test.each(['I sat in the sun', 'today', 'my birthday'])('there is no weekday in %j', (text) => {
    expect(valuesOf('{weekday}', text)).toBeUndefined()
  })

  test.each([
    ['9:30', '9:30'],
    ['at 9.30 a.m.', '9:30'],
    ['09:00', '9:00'],
    ['2pm', '14:00'],
    ['2 PM please', '14:00'],
    ['2:30 pm', '14:30'],
    ['12 pm', '12:00'],
    ['12 am', '0:00'],
    ['14:00', '14:00'],
    ['at 9', '9:00'],
    ['at two', '14:00'],
    ["ten o'clock", '10:00'],
    ['nine thirty', '9:30'],
    ['half past nine', '9:30'],
    ['quarter past 3', '15:15'],
    ['quarter to ten', '9:45'],
    ['quarter to one', '12:45'],
    ['at noon', '12:00'],
    ['at 23:59', '23:59'],
    ['24:00 or rather 12:00', '12:00'],
  ])('the time in %j is %s', (text, time) => {
    expect(valuesOf('{time}', text)).toEqual({ time })
  })

  test.each([
    ['25:00', '25:00'],
    ['Tuesday 25:99', '25:99'],
    ['at 9:75', '9:75'],
    ['24:00', '24:00'],
    ['30 am', '30:00'],
    ['half past 99', '99:30'],
  ])('what is said as a time in %j is none', (text, time) => {
    expect(valuesOf('{time}', text)).toBeUndefined()
    expect(valuesOf('{impossible_time}', text)).toEqual({ impossible_time: time })
  })

  test.each(['9:30', 'at noon', 'Tuesday', '555 0123', 'I have 99 children'])(
    'there is no impossible time in %j',
    (text) => {
      expect(valuesOf('{impossible_time}', text)).toBeUndefined()
    },
  )

  test.each(['I have 2 children', 'one moment', '555 0123', 'half of it', 'look at that'])(
    'there is no time in %j',
    (text) => {
      expect(valuesOf('{time}', text)).toBeUndefined()
    },
  )

  test('picks several in their order', () => {
    expect(valuesOf('{weekday} {time}', 'Could I come on Monday, say at 10?')).toEqual({
      weekday: 'Monday',
      time: '10:00',
    })
    expect(valuesOf('{weekday} {time}', '10:00 on Monday')).toBeUndefined()
  })
})

describe('rules', () => {
  const script = readScript(
    scriptDocumentSchema.parse({
      rules: [
        { state: 'offered', when: ['yes'], say: ['offered'] },
        { when: ['yes', 'sure'], say: ['first'] },
        { when: ['yes'], say: ['second'] },
      ],
    }),
  )
  const said = (state: string, text: string): string | undefined => matchScript(script, state, text)?.rule.say[0]

  test('the first that matches is taken', () => {
    expect(said('start', 'yes')).toBe('first')
    expect(said('start', 'sure')).toBe('first')
  })

  test('one with a state is taken in that state only', () => {
    expect(said('offered', 'yes')).toBe('offered')
    expect(said('other', 'yes')).toBe('first')
  })

  test('nothing is taken when nothing matches', () => {
    expect(said('start', 'maybe')).toBeUndefined()
    expect(said('start', '')).toBeUndefined()
  })

  test('a message of the greatest length is answered quickly by the greatest script', () => {
    const rule = { when: Array.from({ length: 50 }, (_, index) => `a a a b${index}`) }
    const large = readScript(scriptDocumentSchema.parse({ rules: Array.from({ length: 200 }, () => rule) }))
    const started = performance.now()
    expect(matchScript(large, 'start', 'a '.repeat(4000))).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
