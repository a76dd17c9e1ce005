import { guardWords } from './guard-words.ts'
import type { GuardMark } from './talk-state.ts'

/** What the person reads where the guard stepped in, as in "Reply redirected: medical dosage". */
export function guardLabel(mark: GuardMark): string {
  return `${guardWords(mark).label}: ${mark.zone}`
}
