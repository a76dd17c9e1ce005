import type { Tool } from '../tools/define-tool.ts'
import { clearLine } from './clear-line.ts'
import { sendText } from './speak.ts'
import type { Turn } from './turn.ts'

/** Shorter waits are a pause for breath; after a longer one people ask whether anybody is there. */
const afterMs = 700
/** How soon it is noticed that the agent's own words are over, from which the person waits in silence. */
const lookAgainMs = 100

/**
 * Says the waiting line of a tool when the person has waited in silence for so long: one line in a turn, through the gate.
 * `stop` when the tool has answered; it tells whether this line was said.
 */
export function startWaitingLine(turn: Turn, tool: Tool | undefined): { readonly stop: () => boolean } {
  const { context, record, emit, pause, signal } = turn
  const text = tool?.waitingLine
  if (text === undefined || record.hasSaidWaitingLine) return { stop: () => false }
  let wasSaid = false
  let wasSpeaking = turn.isSpeaking?.() === true
  const say = (): void => {
    for (const line of clearLine(context, record, text)) {
      wasSaid = true
      record.hasSaidWaitingLine = true
      // What goes wrong with it is no reason to fail the answer that follows it.
      sendText(context, record, line, emit).catch(() => undefined)
    }
    pause?.()
  }
  const look = (): void => {
    if (signal.aborted || record.hasSaidWaitingLine) return
    const isSpeaking = turn.isSpeaking?.() === true
    if (isSpeaking || wasSpeaking) timer = setTimeout(look, isSpeaking ? lookAgainMs : afterMs)
    else say()
    wasSpeaking = isSpeaking
  }
  let timer = setTimeout(look, wasSpeaking ? lookAgainMs : afterMs)
  return {
    stop: () => {
      clearTimeout(timer)
      return wasSaid
    },
  }
}
