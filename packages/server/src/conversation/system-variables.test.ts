import { systemVariableNames } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { type SystemFacts, systemVariables } from './system-variables.ts'
import { newId } from './test-harness/make-context.ts'

const facts: SystemFacts = {
  sessionId: newId(),
  agentId: newId(),
  agentVersion: 3,
  userId: newId(),
  modality: 'voice',
  timeZone: 'Asia/Tokyo',
  language: 'de',
}
const atMs = Date.parse('2026-11-30T20:05:09.500Z')

describe('the variables of the system', () => {
  test('say the time where the person is, and the day in the language of the conversation', () => {
    expect(Object.fromEntries(systemVariables(facts, atMs))).toMatchObject({
      system__time_utc: '2026-11-30T20:05:09Z',
      system__time: '05:05',
      system__date: '2026-12-01',
      system__weekday: 'Dienstag',
      system__time_zone: 'Asia/Tokyo',
      system__language: 'de',
      system__agent_version: '3',
      system__modality: 'voice',
    })
  })

  test('are in UTC and English where nobody said more, and say nothing of a language that nobody named', () => {
    const values = systemVariables({ ...facts, timeZone: null, language: undefined }, atMs)
    expect(Object.fromEntries(values)).toMatchObject({
      system__time: '20:05',
      system__date: '2026-11-30',
      system__weekday: 'Monday',
      system__time_zone: 'UTC',
    })
    expect(values.has('system__language')).toBe(false)
  })

  test('write midnight as 00:00', () => {
    const values = systemVariables({ ...facts, timeZone: 'UTC' }, Date.parse('2026-01-01T00:00:00Z'))
    expect(values.get('system__time')).toBe('00:00')
  })

  test('are the whole catalogue, with ids as the API writes them', () => {
    const values = systemVariables(facts, atMs)
    expect([...values.keys()]).toEqual([...systemVariableNames])
    expect(values.get('system__session_id')).toMatch(/^ses_/)
    expect(values.get('system__agent_id')).toMatch(/^agt_/)
    expect(values.get('system__user_id')).toMatch(/^usr_/)
  })
})
