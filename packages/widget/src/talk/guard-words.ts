import type { GuardAction, GuardStage } from '@hyponema/contract'
import type { GuardMark } from './talk-state.ts'

/** Said in the conversation (`label`) and in the list of decisions (`title`). */
export type GuardWords = { readonly label: string; readonly title: string }

const ofPerson = { label: 'Passed to a person', title: 'Passed to a person' }
const ofEnd = { label: 'Conversation ended by the guard', title: 'Session ended by the guard' }
const inGeneral = { label: 'The guard stepped in', title: 'The guard stepped in' }

/** What was done to the words, the call or the note that came to each stage. */
const byStage: Readonly<Record<GuardStage, GuardWords>> = {
  input: { label: 'Message withheld', title: 'Message withheld' },
  retrieval: { label: 'Note withheld', title: 'Note withheld' },
  tool_call: { label: 'Tool refused', title: 'Tool refused' },
  tool_result: { label: 'Answer of a tool withheld', title: 'Answer of a tool withheld' },
  output: { label: 'Reply redirected', title: 'Output redirected' },
}

/** The rest of the words was read, or said. */
const redacted: Readonly<Partial<Record<GuardStage, GuardWords>>> = {
  retrieval: { label: 'Part of a document removed', title: 'Part of a document removed' },
  tool_result: { label: 'Part of the answer of a tool removed', title: 'Part of the answer of a tool removed' },
  output: { label: 'Part of the reply removed', title: 'Part of the output removed' },
}

/** A stage or an action that a newer server added is still said, in the most general words. */
export function guardWords({ stage, action }: Pick<GuardMark, 'stage' | 'action'>): GuardWords {
  const known: readonly GuardAction[] = ['replace', 'redact', 'deny', 'escalate', 'end']
  if (action === 'escalate') return ofPerson
  if (action === 'end') return ofEnd
  if (!known.includes(action) || !Object.hasOwn(byStage, stage)) return inGeneral
  return action === 'redact' ? (redacted[stage] ?? byStage[stage]) : byStage[stage]
}
