/** What of a forbidden phrase leaves a gate, over phrases, disguises and random cuts. */
import { disguises, spokenDisguises } from '../../packages/policy/src/test-harness/disguises.ts'
import { seededNumbers, splitAt } from '../../packages/policy/src/test-harness/random-splits.ts'

export interface StreamGate {
  /** What left of a reply that came in these pieces. */
  readonly run: (pieces: readonly string[]) => Promise<string>
}

export interface LeakCounts {
  readonly tried: number
  /** The whole phrase left. */
  readonly full: number
  /** Its head left. */
  readonly partial: number
}

const before = 'Well xx '
const after = ' yy and so on.'

export async function measureLeaks(
  gate: StreamGate,
  phrases: readonly string[],
): Promise<Readonly<Record<string, LeakCounts>>> {
  const next = seededNumbers(20_261_122)
  const byDisguise: Record<string, LeakCounts> = {}
  for (const [name, disguise] of Object.entries({ ...disguises, ...spokenDisguises })) {
    let [full, partial] = [0, 0]
    for (const phrase of phrases) {
      const written = disguise(phrase, next(2 ** 31))
      const text = before + written + after
      const left = await gate.run(
        splitAt(
          text,
          Array.from({ length: 12 }, () => next(text.length)),
        ),
      )
      const leading = /^[^\p{L}\p{N}@$!|+(]*/u.exec(written)?.[0].length ?? 0
      if (left.includes(written)) full += 1
      else if (left.length > before.length + leading) partial += 1
    }
    byDisguise[name] = { tried: phrases.length, full, partial }
  }
  return byDisguise
}

export function total(counts: Readonly<Record<string, LeakCounts>>): LeakCounts {
  return Object.values(counts).reduce(
    (sum, { tried, full, partial }) => ({
      tried: sum.tried + tried,
      full: sum.full + full,
      partial: sum.partial + partial,
    }),
    { tried: 0, full: 0, partial: 0 },
  )
}
