import type { Cleared } from '../../kernel/cleared.ts'
import type { SessionContext } from './session-context.ts'
import type { TurnRecord } from './turn-record.ts'

/** A canned line as the gate lets it be said, in pieces; none where it may not be said. The trace tells of it. */
export function clearLine(
  { gate }: Pick<SessionContext, 'gate'>,
  record: TurnRecord,
  text: string,
): readonly Cleared[] {
  const span = record.trace.begin('gate', { name: 'line' })
  const pieces = gate.sayLine(text)
  const released = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const detail = { pushed_characters: text.length, released_characters: released, guards: 0 }
  span.end(detail, released === 0 ? 'refused' : 'ok')
  return pieces
}
