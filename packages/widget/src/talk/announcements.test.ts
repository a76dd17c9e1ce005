import { describe, expect, test } from 'vitest'
import { announcements } from './announcements.ts'
import { initialTalkState, type TalkState, type TalkTurn } from './talk-state.ts'

const turn: TalkTurn = {
  key: 'trn_1',
  role: 'agent',
  text: 'Tuesday',
  status: 'writing',
  runningTools: [],
  guards: [],
}
const mark = { stage: 'output', action: 'replace', zone: 'medical dosage' } as const
const notice = {
  title: 'No answer',
  advice: 'Try again.',
  action: undefined,
  notBeforeMs: undefined,
  requestId: undefined,
}

function withTurn(change: Partial<TalkTurn>): TalkState {
  return { ...initialTalkState, turns: [{ ...turn, ...change }] }
}

describe('a screen reader', () => {
  test('hears a reply once, when it is whole', () => {
    expect(announcements(initialTalkState, withTurn({}))).toEqual({ polite: [], assertive: [] })
    expect(announcements(withTurn({}), withTurn({ text: 'Tuesday at 9:30' }))).toEqual({ polite: [], assertive: [] })
    expect(announcements(withTurn({}), withTurn({ status: 'complete' })).polite).toEqual(['Agent: Tuesday'])
    expect(announcements(withTurn({ status: 'complete' }), withTurn({ status: 'complete' })).polite).toEqual([])
  })

  test('hears that a reply was cut off', () => {
    expect(announcements(withTurn({}), withTurn({ status: 'cut' })).polite).toEqual(['Agent, cut off: Tuesday'])
  })

  test('hears of a cut reply with its words, and of one without words by the notice', () => {
    const ready = { phase: 'ready', notice: { ...notice, tone: 'plain' } } as const
    const cut = withTurn({ status: 'cut' })
    expect(announcements(cut, { ...cut, ...ready }).polite).toEqual([])
    const empty = withTurn({ status: 'cut', text: '' })
    expect(announcements(empty, { ...empty, ...ready }).polite).toEqual(['No answer. Try again.'])
  })

  test('hears at once, and once, that the guard stepped in', () => {
    expect(announcements(withTurn({}), withTurn({ guards: [mark] })).assertive).toEqual([
      'Reply redirected: medical dosage',
    ])
    expect(
      announcements(withTurn({ guards: [mark] }), withTurn({ guards: [mark], text: 'Ask a nurse' })).assertive,
    ).toEqual([])
  })

  test('hears at once what became of its own message and of a tool', () => {
    const guards = [
      { ...mark, stage: 'input' },
      { ...mark, stage: 'tool_call', action: 'deny' },
    ] as const
    expect(announcements(withTurn({}), withTurn({ guards })).assertive).toEqual([
      'Message withheld: medical dosage',
      'Tool refused: medical dosage',
    ])
  })

  test('hears failures at once and news politely', () => {
    expect(
      announcements(initialTalkState, { ...initialTalkState, notice: { ...notice, tone: 'fails' } }).assertive,
    ).toHaveLength(1)
    expect(announcements(initialTalkState, { ...initialTalkState, notice: { ...notice, tone: 'plain' } })).toEqual({
      polite: ['No answer. Try again.'],
      assertive: [],
    })
  })

  test('does not hear its own words again', () => {
    expect(announcements(initialTalkState, withTurn({ role: 'user', status: 'said' }))).toEqual({
      polite: [],
      assertive: [],
    })
  })
})
