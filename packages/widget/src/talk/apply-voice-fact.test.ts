import type { TalkSession } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import type { VoiceFact } from '../voice/voice-fact.ts'
import { reduceTalk } from './reduce-talk.ts'
import { initialTalkState, type TalkState } from './talk-state.ts'
import { voiceHint } from './voice-hint.ts'

const session: TalkSession = {
  session: {
    id: 'ses_01jd3v7t6zf3m8k2x9w4c5b6n7',
    status: 'pending',
    token: 'connect-1',
    expires_at: '2026-01-31T12:05:00.000Z',
    messages_url: null,
    ws_url: '/v1/sessions/ses_01jd3v7t6zf3m8k2x9w4c5b6n7/voice',
  },
  voice: { listens: true },
  agent: { name: 'Riverside Clinic', title: 'AI receptionist' },
  retention: { days: 30, sealed: true },
  policy: { name: 'clinic', version: 7, sha256: '4c1e9a' },
}
const nowMs = 1_000_000
const turnId = 'trn_01jd3v7t6zf3m8k2x9w4c5b6n7'

function waiting(): TalkState {
  return reduceTalk(initialTalkState, { type: 'opened', session, nowMs, expiresAtMs: nowMs + 300_000 })
}
function after(state: TalkState, ...facts: readonly VoiceFact[]): TalkState {
  return facts.reduce((before, fact) => reduceTalk(before, { type: 'voice', fact, nowMs }), state)
}
const live: VoiceFact = { kind: 'connection', state: { kind: 'live' } }
const reconnecting: VoiceFact = { kind: 'connection', state: { kind: 'reconnecting' } }
const begins: VoiceFact = { kind: 'event', event: { event: 'turn_start', data: { turn_id: turnId, role: 'agent' } } }
const says = (text: string): VoiceFact => ({ kind: 'reply', text })
const hears = (text: string, final = false): VoiceFact => ({ kind: 'heard', text, final })
function ends(
  status: 'complete' | 'cut',
  heardCharacters: number,
  sessionStatus: 'in_progress' | 'completed' = 'in_progress',
): VoiceFact {
  const data = { turn_id: turnId, status, session_status: sessionStatus }
  return { kind: 'turn_end', event: { event: 'turn_end', data }, heardCharacters }
}
const talking = () => after(reduceTalk(waiting(), { type: 'starting' }), live)

describe('the beginning', () => {
  test('waits for the person, then for the connection', () => {
    expect(waiting()).toMatchObject({
      phase: 'waiting',
      startedAtMs: undefined,
      voice: { listens: true, isJoined: false },
    })
    const starting = reduceTalk(waiting(), { type: 'starting' })
    expect(starting.phase).toBe('connecting')
    expect(after(starting, live)).toMatchObject({ phase: 'ready', startedAtMs: nowMs, voice: { isJoined: true } })
  })

  test('takes typed words at any time, and answers them when it is live', () => {
    const typed = reduceTalk(reduceTalk(waiting(), { type: 'starting' }), {
      type: 'typed',
      key: 'message 1',
      text: 'Hi',
    })
    expect(typed.phase).toBe('connecting')
    expect(after(typed, live).phase).toBe('answering')
  })

  test('is not over because the ticket is too old: it is spent by then', () => {
    expect(reduceTalk(talking(), { type: 'clock', nowMs: nowMs + 400_000 }).phase).toBe('ready')
  })
})

describe('what the person says', () => {
  test('changes until it is settled, and is one message however many pieces it comes in', () => {
    const state = after(talking(), hears('how'), hears('how much'), hears('How much', true), hears('is it'))
    expect(state.turns).toMatchObject([{ role: 'user', text: 'How much is it', status: 'speaking' }])
    const answered = after(state, hears('is it?', true), begins)
    expect(answered.turns).toMatchObject([
      { text: 'How much is it?', status: 'said' },
      { role: 'agent', status: 'writing' },
    ])
    expect(after(answered, hears('wait')).turns.at(-1)).toMatchObject({ text: 'wait', status: 'speaking' })
  })
})

describe('a reply', () => {
  test('that was interrupted keeps what was heard, to the character that the server counted', () => {
    const state = after(talking(), begins, says('One two three. '), says('Four five.'), hears('stop'), ends('cut', 15))
    expect(state.turns[0]).toMatchObject({ text: 'One two three.', status: 'cut' })
    expect(state.phase).toBe('ready')
  })

  test('that was heard whole stays whole, whatever the count', () => {
    expect(after(talking(), begins, says('One two.'), ends('complete', 3)).turns[0]).toMatchObject({ text: 'One two.' })
  })

  test('is waited for when a message came over it', () => {
    const cutIn = reduceTalk(after(talking(), begins, says('One')), { type: 'typed', key: 'message 1', text: 'No' })
    expect(after(cutIn, ends('cut', 3)).phase).toBe('answering')
  })

  test('uses tools under its own name', () => {
    const call = { kind: 'tool', name: 'book_slot', callId: 'call_1' } as const
    const state = after(talking(), begins, { ...call, status: 'running', payload: '{"day":"Tuesday"}' })
    expect(state.turns[0]?.runningTools).toEqual([{ callId: 'call_1', name: 'book_slot' }])
    const done = after(state, { ...call, status: 'ok', payload: '{"ok":true}' })
    expect(done.decisions).toMatchObject([
      { kind: 'tool', status: 'ok', arguments: '{"day":"Tuesday"}', result: '{"ok":true}' },
    ])
    expect(done.turns[0]?.runningTools).toEqual([])
  })

  test('without a turn is not shown', () => {
    expect(after(talking(), says('lost words')).turns).toEqual([])
  })

  test('that fails leaves what was said, and says what to do', () => {
    const data = {
      code: 'provider.timeout',
      title: 'The model took too long',
      retryable: true,
      request_id: 'req_1',
    } as const
    const state = after(talking(), begins, says('One'), { kind: 'event', event: { event: 'error', data } })
    expect(state).toMatchObject({ phase: 'ready', notice: { title: 'The model took too long', requestId: 'req_1' } })
    expect(state.turns[0]?.status).toBe('cut')
  })
})

describe('a lost connection', () => {
  test('cuts what was being said, tells, and stops telling when it is back', () => {
    const lost = after(talking(), begins, says('One'), reconnecting)
    expect(lost).toMatchObject({ phase: 'reconnecting', notice: { title: 'The connection was lost' } })
    expect(lost.turns[0]?.status).toBe('cut')
    expect(after(lost, live)).toMatchObject({ phase: 'ready', notice: undefined, startedAtMs: nowMs })
  })

  test.each([
    'lost',
    'stopped',
    'token',
    'gone',
    'limit',
    'unavailable',
    'silent',
    'unreachable',
    'malformed',
    'origin',
  ] as const)('or another ending (%s) offers a new start in plain words', (kind) => {
    const state = after(talking(), {
      kind: 'connection',
      state: { kind: 'ended', ending: { kind, closeCode: undefined } },
    })
    expect(state).toMatchObject({
      phase: 'ended',
      endedAtMs: nowMs,
      notice: { tone: 'fails', action: 'start_again' },
    })
    expect(`${state.notice?.title} ${state.notice?.advice}`).not.toMatch(/\d{4}|undefined|!/)
  })
})

describe('the end', () => {
  test('after a failure that the server named keeps its words and offers a new start', () => {
    const ended: VoiceFact = {
      kind: 'connection',
      state: { kind: 'ended', ending: { kind: 'ended', closeCode: undefined } },
    }
    const state = after(talking(), { kind: 'problem', words: 'The voice provider refused the key' }, ended)
    expect(state.notice).toMatchObject({ title: 'The voice provider refused the key', action: 'start_again' })
  })

  test('by the agent is the end of the session, and the closing of the socket changes nothing', () => {
    const over = after(talking(), begins, says('Goodbye.'), ends('complete', 8, 'completed'))
    expect(over).toMatchObject({ phase: 'ended', notice: { title: 'The conversation has ended' } })
    const closed = after(over, {
      kind: 'connection',
      state: { kind: 'ended', ending: { kind: 'ended', closeCode: 1000 } },
    })
    expect(closed).toEqual(over)
  })
})

describe('the hint', () => {
  test.each([
    [{ kind: 'microphone', state: 'on' }, 'Listening.'],
    [{ kind: 'microphone', state: 'muted' }, 'Muted: nothing you say leaves this device.'],
    [
      { kind: 'microphone', state: 'refused' },
      'The microphone is blocked for this page. Allow it in the browser and press it, or type.',
    ],
    [{ kind: 'listens', listens: false }, 'Speech recognition is off: no provider key yet.'],
  ] as const)('after %o says: %s', (fact, words) => {
    expect(voiceHint(after(talking(), fact))).toBe(words)
  })
})
