import { guardActions, guardStages } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { guardLabel } from './guard-label.ts'
import { guardWords } from './guard-words.ts'
import type { GuardMark } from './talk-state.ts'

const zone = 'medical dosage'

describe('where the guard stepped in', () => {
  test.each([
    ['input', 'replace', 'Message withheld: medical dosage'],
    ['retrieval', 'deny', 'Note withheld: medical dosage'],
    ['tool_call', 'deny', 'Tool refused: medical dosage'],
    ['tool_result', 'deny', 'Answer of a tool withheld: medical dosage'],
    ['output', 'replace', 'Reply redirected: medical dosage'],
    ['retrieval', 'redact', 'Part of a document removed: medical dosage'],
    ['tool_result', 'redact', 'Part of the answer of a tool removed: medical dosage'],
    ['output', 'redact', 'Part of the reply removed: medical dosage'],
    ['input', 'escalate', 'Passed to a person: medical dosage'],
    ['tool_call', 'end', 'Conversation ended by the guard: medical dosage'],
  ] as const)('at %s by %s is said as %j', (stage, action, words) => {
    expect(guardLabel({ stage, action, zone })).toBe(words)
  })

  test('has words of its own for all that the contract knows', () => {
    for (const stage of guardStages)
      for (const action of guardActions)
        expect(guardWords({ stage, action }).label, `${stage} ${action}`).not.toBe('The guard stepped in')
  })

  test('is said in general words for what a newer server added', () => {
    const newer: readonly GuardMark[] = JSON.parse(
      '[{"stage":"output","action":"pause","zone":"x"},{"stage":"constructor","action":"deny","zone":"x"}]',
    )
    for (const mark of newer) expect(guardLabel(mark)).toBe('The guard stepped in: x')
  })
})
