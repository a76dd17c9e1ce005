import { describe, expect, test } from 'vitest'
import { HandOver } from '../hand-over.ts'
import { newId } from '../test-harness/make-context.ts'
import { EscalationWatch } from './escalation-watch.ts'

function open() {
  const clock = { nowMs: () => Date.UTC(2026, 11, 1, 12) }
  const handOver = new HandOver()
  return new EscalationWatch({ agentId: newId(), handOver, rules: () => [], language: () => 'en', clock, newId })
}

describe('what is counted for a rule of escalation', () => {
  test('is each question about a call that got no yes, until there is one', () => {
    const watch = open()
    const counted = () => watch.facts('escalation').escalation?.failedConfirmations
    expect(counted()).toBe(0)
    watch.confirmationAnswered(false)
    watch.confirmationAnswered(false)
    expect(counted()).toBe(2)
    watch.confirmationAnswered(true)
    expect(counted()).toBe(0)
    watch.confirmationAnswered(false)
    expect(counted()).toBe(1)
  })

  test('is each call of a tool that failed, until one works', () => {
    const watch = open()
    const counted = () => watch.facts('escalation').escalation?.failedTools
    watch.toolCalled({ isOk: false })
    watch.toolCalled({ isOk: false })
    expect(counted()).toBe(2)
    watch.toolCalled({ isOk: true })
    expect(counted()).toBe(0)
  })
})
