/**
 * Threat: what a person of the workspace says to the user leaves no trace of what the rules would have said to it.
 * Rule: an operator's words are judged as any others, and only noted: nothing of them is withheld, every rule that matches is in
 * the record.
 * On failure: the engine's own error is noted as any decision is; the words are said.
 */
import { sendText } from './speak.ts'
import type { Turn } from './turn.ts'

export async function sayAsOperator({ context, record, emit }: Turn, words: string): Promise<void> {
  const { text, noted } = context.gate.sayAsOperator(words)
  for (const timed of noted) record.keep({ id: context.newId(), ...timed, blockedText: null, charactersHeard: 0 })
  await sendText(context, record, text, emit)
}
