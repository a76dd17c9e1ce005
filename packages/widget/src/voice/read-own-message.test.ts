import { voiceMessageSchemas } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { readOwnMessage } from './read-own-message.ts'

const turn_id = 'trn_01jd3v7t6zf3m8k2x9w4c5b6n7'
const examples = {
  turn_start: { type: 'turn_start', turn_id, role: 'agent' },
  guard: {
    type: 'guard',
    turn_id,
    decision_id: 'dec_01jd3v7t6zf3m8k2x9w4c5b6n7',
    stage: 'output',
    action: 'replace',
    zone: 'medical dosage',
    rule_id: 'dosage',
    engine_ms: 0.31,
    characters_heard: 0,
  },
  turn_end: { type: 'turn_end', turn_id, status: 'cut', session_status: 'in_progress', heard_characters: 12 },
  error: { type: 'error', code: 'provider.timeout', title: 'Too long', retryable: true, request_id: 'req_1' },
  resume: {
    type: 'resume',
    token: 't',
    window_seconds: 30,
    session_id: 'ses_01jd3v7t6zf3m8k2x9w4c5b6n7',
    listens: true,
  },
  limit: { type: 'limit', limit: 'duration', seconds_left: 30 },
} as const

describe.each(Object.entries(examples))('the message %s', (_type, example) => {
  test('is read as the contract writes it', () => {
    expect(voiceMessageSchemas['server-message'].safeParse(example).error).toBeUndefined()
    expect(readOwnMessage(example)).toBeDefined()
  })

  test('is refused as another kind of thing in any field that is read', () => {
    for (const unusable of [undefined, {}, []]) {
      const wrong = Object.fromEntries(
        Object.keys(example).map((name) => [name, name === 'type' ? example.type : unusable]),
      )
      expect(readOwnMessage(wrong)).toBeUndefined()
    }
  })
})

test('says how much of a turn was heard', () => {
  expect(readOwnMessage(examples.turn_end)).toMatchObject({ kind: 'turn_end', heardCharacters: 12 })
})

test('a message that this client does not know is none', () => {
  for (const one of [
    { type: 'escalation' },
    { type: 'token', turn_id, text: 'x' },
    { type: '__proto__' },
    null,
    'x',
    7,
  ]) {
    expect(readOwnMessage(one)).toBeUndefined()
  }
})
