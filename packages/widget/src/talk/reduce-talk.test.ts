import type { GuardAction, SessionEvent, TalkSession } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import type { MessageOutcome } from '../create-text-session.ts'
import type { Refusal } from '../read-refusal.ts'
import { reduceTalk, type TalkAction } from './reduce-talk.ts'
import { initialTalkState, type TalkState } from './talk-state.ts'

const session: TalkSession = {
  session: {
    id: 'ses_01jd3v7t6zf3m8k2x9w4c5b6n7',
    status: 'pending',
    token: 'token-1',
    expires_at: '2026-01-31T12:15:00.000Z',
    messages_url: '/v1/sessions/ses_01jd3v7t6zf3m8k2x9w4c5b6n7/messages',
    ws_url: null,
  },
  voice: null,
  agent: { name: 'Riverside Clinic', title: 'AI receptionist' },
  retention: { days: 30, sealed: true },
  policy: { name: 'clinic', version: 7, sha256: '4c1e9a' },
}
const nowMs = 1_000_000
const expiresAtMs = nowMs + 900_000
const opened: TalkAction = { type: 'opened', session, nowMs, expiresAtMs }
const asked: TalkAction = { type: 'asked', key: 'message 1', text: 'Hi' }
const begin = event({ event: 'turn_start', data: { turn_id: 'trn_1', role: 'agent' } })
const end = event({ event: 'turn_end', data: { turn_id: 'trn_1', status: 'complete', session_status: 'in_progress' } })

function event(sessionEvent: SessionEvent): TalkAction {
  return { type: 'event', event: sessionEvent, nowMs }
}
function token(text: string, turn_id = 'trn_1'): TalkAction {
  return event({ event: 'token', data: { turn_id, text } })
}
function toolCall(turn_id = 'trn_1'): TalkAction {
  return event({ event: 'tool_call', data: { turn_id, call_id: 'call_1', name: 'book_slot' } })
}
function toolResult(status: 'ok' | 'failed', turn_id = 'trn_1'): TalkAction {
  return event({ event: 'tool_result', data: { turn_id, call_id: 'call_1', name: 'book_slot', status } })
}
function guard(action: GuardAction, decision_id = 'dec_1'): TalkAction {
  const rest = {
    stage: 'output',
    zone: 'medical dosage',
    rule_id: 'dosage',
    engine_ms: 0.3,
    characters_heard: 0,
  } as const
  return event({ event: 'guard', data: { turn_id: 'trn_1', decision_id, action, ...rest } })
}
function answered(outcome: MessageOutcome, text: string | undefined = 'Hi'): TalkAction {
  return { type: 'answered', outcome, text, nowMs }
}
function refusal(code: string, retryable: boolean, retryAfterSeconds?: number): Refusal {
  return { code, title: code, status: 400, retryable, requestId: 'req_1', retryAfterSeconds }
}
function after(...actions: readonly TalkAction[]): TalkState {
  return actions.reduce(reduceTalk, initialTalkState)
}

describe('an answer that the server cut', () => {
  const cutEnd = (session_status: 'in_progress' | 'completed') =>
    event({ event: 'turn_end', data: { turn_id: 'trn_1', status: 'cut', session_status } })

  test('is marked, and the person is told that there was more', () => {
    const state = after(opened, asked, begin, token('On and '), cutEnd('in_progress'), answered({ kind: 'finished' }))
    expect(state.turns.at(-1)).toMatchObject({ status: 'cut', text: 'On and ' })
    expect(state).toMatchObject({ phase: 'ready', notice: { tone: 'plain', title: 'The answer was cut off' } })
    const next = [begin, token('Yes.'), end, answered({ kind: 'finished' })]
    expect(next.reduce(reduceTalk, reduceTalk(state, asked)).notice).toBeUndefined()
  })

  test('by the end of its session is told as that end', () => {
    const state = after(opened, asked, begin, token('On'), cutEnd('completed'), answered({ kind: 'finished' }))
    expect(state).toMatchObject({ phase: 'ended', notice: { title: 'The conversation has ended' } })
  })
})

describe('a conversation', () => {
  test('grows by the pieces of the reply, in order', () => {
    const state = after(
      opened,
      asked,
      begin,
      token('Tues'),
      token('day '),
      token('at 9:30'),
      end,
      answered({ kind: 'finished' }),
    )
    expect(state.turns.map((turn) => [turn.role, turn.text, turn.status])).toEqual([
      ['user', 'Hi', 'said'],
      ['agent', 'Tuesday at 9:30', 'complete'],
    ])
    expect(state.phase).toBe('ready')
  })

  test('takes no piece of a turn that never began, and none into what the person said', () => {
    const state = after(opened, asked, begin, token('x', 'trn_2'), token('y', 'message 1'))
    expect(state.turns.map((turn) => turn.text)).toEqual(['Hi', ''])
  })

  test('shows where the guard stepped in, on the turn and in the decisions, newest first', () => {
    const state = after(
      opened,
      asked,
      begin,
      toolCall(),
      toolResult('ok'),
      token('Booked. '),
      guard('replace'),
      token('Ask a nurse.'),
      end,
    )
    expect(state.turns.at(-1)).toMatchObject({
      text: 'Booked. Ask a nurse.',
      guards: [{ action: 'replace', zone: 'medical dosage' }],
    })
    expect(state.decisions.map((decision) => decision.kind)).toEqual(['guard', 'tool'])
    expect(state.decisions.at(-1)).toMatchObject({ name: 'book_slot', status: 'ok' })
  })

  test('shows every tool that runs, until it has answered', () => {
    const call = (call_id: string, name: string) =>
      event({ event: 'tool_call', data: { turn_id: 'trn_1', call_id, name, arguments: `{"by":"${name}"}` } })
    const both = after(opened, asked, begin, call('call_1', 'weather'), call('call_2', 'traffic'))
    expect(both.turns.at(-1)?.runningTools.map(({ name }) => name)).toEqual(['weather', 'traffic'])
    const data = {
      turn_id: 'trn_1',
      call_id: 'call_1',
      name: 'weather',
      status: 'ok',
      result: '{"is":"fine"}',
    } as const
    const one = after(
      opened,
      asked,
      begin,
      call('call_1', 'weather'),
      call('call_2', 'traffic'),
      event({ event: 'tool_result', data }),
    )
    expect(one.turns.at(-1)?.runningTools.map(({ name }) => name)).toEqual(['traffic'])
    expect(one.decisions).toMatchObject([
      { name: 'traffic', status: 'running', arguments: '{"by":"traffic"}', result: undefined },
      { name: 'weather', status: 'ok', arguments: '{"by":"weather"}', result: '{"is":"fine"}' },
    ])
  })

  test('keeps two calls apart whose call id is the same in two turns', () => {
    const second = event({ event: 'turn_start', data: { turn_id: 'trn_2', role: 'agent' } })
    const state = after(
      opened,
      asked,
      begin,
      toolCall(),
      toolResult('ok'),
      end,
      second,
      toolCall('trn_2'),
      toolResult('failed', 'trn_2'),
    )
    expect(state.decisions.map((decision) => decision.kind === 'tool' && decision.status)).toEqual(['failed', 'ok'])
  })

  test('lists a result whose call was not seen', () => {
    expect(after(opened, asked, begin, toolResult('ok')).decisions).toHaveLength(1)
  })
})

describe('the end', () => {
  test.each(['completed', 'failed'] as const)(
    'comes with a session that is %s, and offers to start again',
    (session_status) => {
      const last = event({ event: 'turn_end', data: { turn_id: 'trn_1', status: 'complete', session_status } })
      const state = after(opened, asked, begin, last, answered({ kind: 'finished' }))
      expect(state).toMatchObject({
        phase: 'ended',
        endedAtMs: nowMs,
        notice: { tone: 'plain', action: 'start_again' },
      })
    },
  )

  test('says that the guard made it', () => {
    const last = event({
      event: 'turn_end',
      data: { turn_id: 'trn_1', status: 'blocked', session_status: 'completed' },
    })
    expect(after(opened, asked, begin, guard('end'), last).notice?.title).toBe(
      'Conversation ended by the guard: medical dosage',
    )
  })

  test('comes when the time is over, but not into an answer', () => {
    const late: TalkAction = { type: 'clock', nowMs: expiresAtMs }
    expect(after(opened, { type: 'clock', nowMs: expiresAtMs - 1 }).phase).toBe('ready')
    expect(after(opened, late).phase).toBe('ended')
    const answering = after(opened, asked, begin, late)
    expect(answering.phase).toBe('answering')
    expect(
      reduceTalk(answering, { type: 'answered', outcome: { kind: 'finished' }, text: 'Hi', nowMs: expiresAtMs }).phase,
    ).toBe('ended')
  })

  test('by the person stays, whatever the aborted answer still brings', () => {
    const state = after(opened, asked, begin, token('I was'), { type: 'ending' }, answered({ kind: 'aborted' }), {
      type: 'ended',
      nowMs,
    })
    expect(state).toMatchObject({ phase: 'ended', notice: { title: 'You ended the conversation' } })
    expect(state.turns.at(-1)?.status).toBe('cut')
  })

  test('that the server was not told is offered again', () => {
    const state = after(opened, { type: 'ending' }, { type: 'ending_failed', refusal: undefined, nowMs })
    expect(state).toMatchObject({ phase: 'ready', notice: { tone: 'fails', action: 'end_again' } })
  })

  test.each(['session.not_live', 'session.token_invalid', 'session.turn_limit'])(
    'is read from %s, and the text is kept',
    (code) => {
      const state = after(opened, asked, answered({ kind: 'refused', refusal: refusal(code, false) }))
      expect(state).toMatchObject({ phase: 'ended', notice: { action: 'start_again' }, returnedText: 'Hi' })
      expect(state.turns.at(-1)?.status).toBe('unsent')
    },
  )

  test('leaves nothing behind in the next session', () => {
    expect(after(opened, asked, begin, guard('replace'), { type: 'opening' })).toEqual(initialTalkState)
  })
})

describe('a message that failed', () => {
  test('is offered again when the server refused it and says that it may succeed, not before the time it named', () => {
    const state = after(
      opened,
      asked,
      answered({ kind: 'refused', refusal: refusal('request.rate_limited', true, 12) }),
    )
    expect(state).toMatchObject({
      phase: 'ready',
      notice: { action: 'send_again', notBeforeMs: nowMs + 12_000 },
      returnedText: undefined,
    })
    const again = reduceTalk(state, { type: 'asked', key: 'message 2', text: 'Hi' })
    expect(again.turns.map((turn) => [turn.key, turn.status])).toEqual([['message 2', 'said']])
  })

  test('goes back into the box when it cannot succeed unchanged', () => {
    const state = after(opened, asked, answered({ kind: 'refused', refusal: refusal('request.invalid', false) }))
    expect(state).toMatchObject({ returnedText: 'Hi', notice: { action: undefined } })
  })

  test('is not offered by a button when nobody knows whether the server has it', () => {
    const state = after(opened, asked, answered({ kind: 'unanswered' }))
    expect(state).toMatchObject({ phase: 'ready', returnedText: 'Hi', notice: { action: undefined } })
    expect(state.turns.at(-1)?.status).toBe('uncertain')
  })

  const error = { code: 'provider.unavailable', title: 'No answer', retryable: true, request_id: 'req_1' } as const

  test('is offered again after an error that may pass', () => {
    expect(after(opened, asked, begin, answered({ kind: 'failed', error })).notice?.action).toBe('send_again')
  })

  test('is not offered again when a tool had run for its answer', () => {
    expect(
      after(opened, asked, begin, toolCall(), toolResult('ok'), answered({ kind: 'failed', error })).notice?.action,
    ).toBeUndefined()
  })

  test('is not offered again when its answer was cut in the middle', () => {
    const state = after(opened, asked, begin, token('I was'), toolCall(), answered({ kind: 'cut' }))
    expect(state.turns.at(-1)).toMatchObject({ text: 'I was', status: 'cut', runningTools: [] })
    expect(state.decisions.at(0)).toMatchObject({ status: 'unknown' })
    expect(state.notice).toMatchObject({ tone: 'fails', action: undefined })
  })

  test('leaves no notice behind when the next one goes out', () => {
    const state = after(opened, asked, answered({ kind: 'cut' }), { type: 'asked', key: 'message 2', text: 'Again' })
    expect(state.notice).toBeUndefined()
  })
})

describe('no session', () => {
  test.each([
    [undefined, 'start_again'],
    [refusal('session.live_limit', true), 'start_again'],
    [refusal('request.not_found', false), undefined],
  ])('says so and offers what may help', (why, action) => {
    const state = after({ type: 'opening_failed', refusal: why, nowMs })
    expect(state).toMatchObject({ phase: 'unopened', notice: { tone: 'fails', action } })
  })
})
