import { encodeId } from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'
import type { Delivery, LiveSession } from './live-session.ts'
import type { WaitingMessages } from './waiting-messages.ts'

/**
 * Keeps what a person said last, when nobody will answer it any more: each message becomes a turn that is cut before its first
 * word. Rules of the input stage judge it and are recorded, no model is asked.
 */
export async function keepUnanswered(session: LiveSession, waiting: WaitingMessages): Promise<void> {
  for (let next = waiting.takeNext(); next !== undefined && !session.isEnded; next = waiting.takeNext()) {
    const turn = session.begin(
      { kind: 'message', text: next.text },
      encodeId('request', session.context.newId()),
      () => nobody,
    )
    turn.cut(new AppError('request.conflict', 'the session ends'))
    await turn.done
  }
}

const nobody: Delivery = {
  emit: () => Promise.resolve(false),
  heardAll: () => Promise.resolve(false),
  finish: () => Promise.resolve(),
}
