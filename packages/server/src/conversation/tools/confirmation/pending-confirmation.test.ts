import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newId } from '../../test-harness/make-context.ts'
import { digestCall } from './digest-call.ts'
import { PendingConfirmation } from './pending-confirmation.ts'

const typedYes = { text: 'yes', how: 'typed', beganMs: 1000, language: 'en' } as const
const spokenYes = { ...typedYes, how: 'speech', beganMs: 2000 } as const

function pending(confirmation: 'spoken' | 'irreversible' = 'spoken', heardMs: number | null = 1000) {
  const call = { callId: 'c', name: 'pay', argumentsJson: '{}' }
  const one = new PendingConfirmation({
    call,
    digest: 'x',
    confirmation,
    turnId: newId(),
    rest: [],
    segments: [],
    question: 'Shall I?',
    repeats: 0,
  })
  if (heardMs !== null) one.heard(heardMs)
  return one
}

describe('an answer', () => {
  test('in words, typed or pressed confirms what may be confirmed in words', () => {
    expect(pending().verdict(spokenYes)).toEqual({ kind: 'confirmed', by: 'spoken' })
    expect(pending().verdict(typedYes)).toEqual({ kind: 'confirmed', by: 'irreversible' })
    expect(pending().verdict({ ...typedYes, how: 'keypad', text: '1' })).toEqual({
      kind: 'confirmed',
      by: 'irreversible',
    })
  })

  test('in spoken words does not confirm what cannot be undone; typed or pressed it does', () => {
    expect(pending('irreversible').verdict(spokenYes)).toEqual({ kind: 'refused' })
    expect(pending('irreversible').verdict(typedYes).kind).toBe('confirmed')
    expect(pending('irreversible').verdict({ ...typedYes, how: 'keypad', text: '1' }).kind).toBe('confirmed')
  })

  test.each(['2', '0', '11', '1#', '*', '', 'yes'])('by the keys %j refuses', (text) => {
    expect(pending().verdict({ ...typedYes, how: 'keypad', text }).kind).toBe('refused')
  })

  test('that began before the question was heard to its end does not count', () => {
    expect(pending('spoken', null).verdict(spokenYes).kind).toBe('early')
    expect(pending().verdict({ ...typedYes, beganMs: 999 }).kind).toBe('early')
    expect(pending().verdict({ ...spokenYes, beganMs: undefined }).kind).toBe('early')
  })

  test('that began within the echo of the question does not count', () => {
    expect(pending().verdict({ ...spokenYes, beganMs: 1299 }).kind).toBe('early')
    expect(pending().verdict({ ...spokenYes, beganMs: 1300 }).kind).toBe('confirmed')
  })

  test('after a minute is too late', () => {
    expect(pending().verdict({ ...spokenYes, beganMs: 61_000 }).kind).toBe('confirmed')
    expect(pending().verdict({ ...spokenYes, beganMs: 61_001 }).kind).toBe('late')
  })
})

const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => JSON.stringify(value) !== undefined)
const seeded = { seed: 20261130, numRuns: 500 }

test('P11: the digest is the same for the same call, in whatever order and spacing it is written', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), json), (args) => {
      const entries = Object.entries(args)
      const [one, other] = [Object.fromEntries(entries), Object.fromEntries(entries.toReversed())]
      expect(digestCall({ name: 'pay', argumentsJson: JSON.stringify(one, null, 2) })).toBe(
        digestCall({ name: 'pay', argumentsJson: JSON.stringify(other) }),
      )
    }),
    seeded,
  )
})

test('P11: the digest is another one for any other tool or arguments', () => {
  const digest = (name: string, args: unknown) => digestCall({ name, argumentsJson: JSON.stringify(args) })
  fc.assert(
    fc.property(fc.dictionary(fc.string(), json), fc.string(), json, (args, member, value) => {
      const changed = { ...args, [member]: value }
      const isSame = JSON.stringify(sorted(args)) === JSON.stringify(sorted(changed))
      expect(digest('pay', args) === digest('pay', changed)).toBe(isSame)
      expect(digest('pay', args)).not.toBe(digest('pay2', args))
    }),
    seeded,
  )
})

test('P11: arguments that are no JSON have none', () => {
  expect(digestCall({ name: 'pay', argumentsJson: '{"a":' })).toBeUndefined()
  expect(digestCall({ name: 'pay', argumentsJson: '' })).toBe(digestCall({ name: 'pay', argumentsJson: '{}' }))
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => [name, sorted(member)])
}
