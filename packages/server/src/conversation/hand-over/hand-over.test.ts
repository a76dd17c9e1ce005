/** What the owner of a session knows of who talks, when its looks at the rows overlap. */
import { expect, test } from 'vitest'
import { newId } from '../test-harness/make-context.ts'
import { HandOver, type KnownEscalation } from './hand-over.ts'

const row = (state: KnownEscalation['state'], changes: Partial<KnownEscalation> = {}): KnownEscalation => ({
  id: newId(),
  ruleId: null,
  reason: 'agent',
  state,
  resolvedAt: null,
  outcome: null,
  fallback: null,
  ...changes,
})
const rows = (...escalations: readonly KnownEscalation[]) => ({ escalations, messages: [] })

test('a look that began earlier and ends later changes nothing: the agent does not speak over who has come', () => {
  const handOver = new HandOver()
  const open = row('open')
  const [first, second] = [handOver.beginLook(), handOver.beginLook()]
  handOver.update(rows({ ...open, state: 'claimed' }), second)
  handOver.update(rows(open), first)
  expect(handOver.state).toBe('with_person')
})

test('that nobody came is said once, whatever an older look says in between', () => {
  const handOver = new HandOver()
  const open = row('open')
  const over = { ...open, state: 'resolved', outcome: 'unanswered', fallback: 'message' } as const
  handOver.called(open)
  const [stale, fresh, last] = [handOver.beginLook(), handOver.beginLook(), handOver.beginLook()]
  handOver.update(rows(over), fresh)
  handOver.update(rows(open), stale)
  handOver.update(rows(over), last)
  expect([handOver.takeNext()?.kind, handOver.takeNext()]).toEqual(['unanswered', undefined])
})

test('a call that was just written is known, though a look that began before it has not seen it', () => {
  const handOver = new HandOver()
  const look = handOver.beginLook()
  handOver.called(row('open'))
  handOver.update(rows(), look)
  expect(handOver.state).toBe('waiting')
})
