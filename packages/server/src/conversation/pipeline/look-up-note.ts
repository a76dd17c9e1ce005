import type { LookUpNote } from '../scripted/create-scripted-model.ts'
import { findInNote } from '../scripted/find-in-note.ts'
import { judgePiece } from './judge-piece.ts'
import type { SessionContext } from './session-context.ts'
import type { RecordedDecision } from './turn-record.ts'

/** Finds an answer in one of the agent's notes and passes it through the retrieval stage; undefined when it was withheld. */
export function noteLookUp(options: {
  notes: SessionContext['agent']['notes']
  gate: SessionContext['gate']
  newId: SessionContext['newId']
  keep: (decision: RecordedDecision) => void
  /** What the script reads of it. */
  onRead?: (text: string) => void
}): LookUpNote {
  return async (noteName, question) => {
    const note = options.notes.find(({ name }) => name === noteName)
    const found = note === undefined ? undefined : findInNote(note.text, question)
    if (found === undefined) return undefined
    const text = judgePiece(options, { stage: 'retrieval', text: found }, options.keep)?.text
    if (text !== undefined) options.onRead?.(text)
    return text
  }
}
