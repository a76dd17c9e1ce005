import type { FoldedLetter } from '../fold/fold-code-point.ts'

/** Of a character that is a number; several of "⑩". */
export function digitsOf(letters: readonly FoldedLetter[]): string {
  const written = String.fromCodePoint(...letters.map(({ readings }) => readings[0] ?? 0))
  return /^[0-9]+$/.test(written) ? written : ''
}
