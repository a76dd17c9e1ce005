import type { SessionEvent } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { reduceTalk, type TalkAction } from './reduce-talk.ts'
import { initialTalkState, type TalkState } from './talk-state.ts'

const nowMs = 1_000_000
const ready: TalkState = { ...initialTalkState, phase: 'ready' }

function handed(event: SessionEvent): TalkAction {
  return { type: 'handed', event, nowMs }
}
function talks(state: TalkState['talksTo']): TalkAction {
  return handed({ event: 'escalation', data: { state } })
}
function begins(turn_id: string, role: 'agent' | 'operator' = 'operator'): TalkAction {
  return handed({ event: 'turn_start', data: { turn_id, role } })
}
function says(turn_id: string, text: string, role: 'agent' | 'operator' = 'operator'): readonly TalkAction[] {
  return [
    begins(turn_id, role),
    handed({ event: 'token', data: { turn_id, text } }),
    handed({ event: 'turn_end', data: { turn_id, status: 'complete', session_status: 'in_progress' } }),
  ]
}
function after(...actions: readonly TalkAction[]): TalkState {
  return actions.reduce(reduceTalk, ready)
}
const shown = (state: TalkState) => state.turns.map(({ role, text, status }) => [role, text, status])

describe('what comes between the messages', () => {
  test('is no news while the agent talks as before, however often it is repeated', () => {
    expect(after(talks('with_agent'), talks('with_agent'))).toEqual(ready)
    const once = after(talks('with_person'))
    expect(once.notice?.title).toBe('You are now talking to a person')
    expect(after(talks('with_person'), talks('with_person'))).toEqual(once)
  })

  test('is of a person who took over, and says when they give back', () => {
    const state = after(talks('waiting'), talks('with_person'), ...says('trn_1', 'This is Ann'), talks('with_agent'))
    expect(shown(state)).toEqual([['person', 'This is Ann', 'complete']])
    expect(state.notice?.title).toBe('You are talking to the agent again')
  })

  test('is still of the person when their last words come behind the giving back', () => {
    expect(shown(after(talks('with_person'), talks('with_agent'), ...says('trn_1', 'Bye')))).toEqual([
      ['person', 'Bye', 'complete'],
    ])
  })

  test('is of the agent when nobody came', () => {
    expect(shown(after(talks('waiting'), talks('with_agent'), ...says('trn_1', 'Nobody is free', 'agent')))).toEqual([
      ['agent', 'Nobody is free', 'complete'],
    ])
  })

  test('stands on the page once', () => {
    const state = after(talks('with_person'), begins('trn_1'), ...says('trn_1', 'Hello'))
    expect(shown(state)).toEqual([['person', 'Hello', 'complete']])
  })

  test('is marked as cut when its stream is gone, and by the end of an answer it is not', () => {
    const asked: TalkAction = { type: 'asked', key: 'message 1', text: 'Hi' }
    const answered: TalkAction = { type: 'answered', outcome: { kind: 'finished' }, text: 'Hi', nowMs }
    const writing = [talks('with_person'), asked, begins('trn_1'), answered]
    expect(after(...writing).turns.at(-1)?.status).toBe('writing')
    expect(after(...writing, { type: 'handed_gap' }).turns.at(-1)?.status).toBe('cut')
  })

  test('keeps saying that a person answers when a message is sent, and never that the agent writes', () => {
    const asked: TalkAction = { type: 'asked', key: 'message 1', text: 'Hi' }
    const empty = { event: 'turn_start', data: { turn_id: 'trn_2', role: 'agent' } } as const
    const state = after(talks('with_person'), asked, { type: 'event', event: empty, nowMs })
    expect(state.notice?.title).toBe('You are now talking to a person')
    expect(state.turns.at(-1)?.status).toBe('complete')
  })

  test('changes nothing of a conversation that is over', () => {
    const ended: TalkState = { ...ready, phase: 'ended' }
    expect(reduceTalk(ended, talks('with_person'))).toBe(ended)
  })
})
