import { foldForRecord } from '../fold/fold-for-record.ts'
import { createPhraseBook } from '../match/phrase-book.ts'
import { tiredPhrases } from './tired-words.ts'

/** What one turn of the user says about its tiredness. */
export interface NoticedTurn {
  readonly isTired: boolean
  /** The same words as in one of the turns before. */
  readonly isRepeat: boolean
  /** For the next call; folded, so it is text of a person: keep it in memory only. */
  readonly said: string
}

const tired = createPhraseBook(tiredPhrases, { plainly: true })

/** Three letters: "yes" and "no" are said again without anybody being tired. */
const minRepeatCharacters = 12

/** `before` are the `said` of earlier turns. Words only; nothing is read from the sound of a voice. */
export function noticeTiredness(text: string, before: readonly string[]): NoticedTurn {
  const said = foldForRecord(text)
  return {
    isTired: tired.find(text).length > 0,
    isRepeat: said.length >= minRepeatCharacters && before.includes(said),
    said,
  }
}
