import { clearLine } from './clear-line.ts'
import type { Listener, SessionContext } from './session-context.ts'
import { sendText } from './speak.ts'
import type { TurnRecord } from './turn-record.ts'

/**
 * Says the agent's filler when the model has been silent for so long: once, at the beginning of a turn, through the gate like
 * every canned line. `stop` when the model speaks.
 */
export function startFiller(
  turn: Pick<Listener, 'emit' | 'pause'> & {
    readonly context: SessionContext
    readonly record: TurnRecord
    readonly signal: AbortSignal
  },
): { readonly stop: () => void } {
  const { context, record, emit, pause, signal } = turn
  const { filler } = context
  if (filler === undefined || record.said !== '') return { stop: () => undefined }
  const timer = setTimeout(() => {
    if (signal.aborted || record.said !== '') return
    // What goes wrong with a filler is no reason to fail the answer that follows it.
    for (const line of clearLine(context, record, filler.text))
      sendText(context, record, line, emit).catch(() => undefined)
    pause?.()
  }, filler.afterMs)
  return { stop: () => clearTimeout(timer) }
}
