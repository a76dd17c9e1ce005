import { describe, expect, test } from 'vitest'
import { scriptDocumentSchema, scriptRuleSchema } from './script-document.ts'

const accepts = (pattern: string): boolean => scriptRuleSchema.safeParse({ when: [pattern] }).success

describe('script document', () => {
  test.each([
    'yes',
    'opening hours',
    '^yes',
    '^yes$',
    '*',
    'repeat after me *',
    '^ say *',
    '{weekday} at {time}',
    '{time}$',
    '{weekday} {impossible_time}',
    "don't",
  ])('accepts the pattern %j', (pattern) => {
    expect(accepts(pattern)).toBe(true)
  })

  test.each(['', ' ', '^', '$', '* hello', 'say *$', 'a*', '{city}', '{weekday', 'a ^b', '...', '{weekday}{time}'])(
    'refuses the pattern %j',
    (pattern) => {
      expect(accepts(pattern)).toBe(false)
    },
  )

  test('refuses fields that it does not know', () => {
    expect(scriptRuleSchema.safeParse({ when: ['a'], sayy: ['b'] }).success).toBe(false)
  })

  test('fills in what was left out', () => {
    expect(scriptDocumentSchema.parse({ rules: [{ when: ['hello'], say: ['Hi.'] }] })).toEqual({
      rules: [{ when: ['hello'], say: ['Hi.'], set: {}, then_say: [], else_say: [], refused_say: [] }],
      otherwise: 'I did not understand that.',
      token_delay_ms: 0,
    })
  })
})
