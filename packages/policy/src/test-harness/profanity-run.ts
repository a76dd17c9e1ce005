/** The profanity list as a zone, said in each disguise and cut at random, through the gate. */
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { createOutputGate } from '../gate/output-gate.ts'
import { compileZones } from './compile-zones.ts'
import { disguises, spokenDisguises } from './disguises.ts'
import { seededNumbers, splitAt } from './random-splits.ts'
import { runGate } from './run-gate.ts'

export interface ProfanityCounts {
  readonly phrases: number
  readonly tried: number
  /** The whole phrase left. */
  readonly full: number
  /** Some of it left. */
  readonly partial: number
  readonly examples: readonly string[]
}

/** The first column of the list; quoted fields may hold commas. */
export function profanityPhrases(csv: string): readonly string[] {
  const rows = csv.split(/\r?\n/).slice(1)
  const first = rows.map((row) => (row.startsWith('"') ? row.slice(1, row.indexOf('"', 1)) : (row.split(',')[0] ?? '')))
  return [...new Set(first.filter((text) => text.trim() !== ''))]
}

export function profanityPolicy(phrases: readonly string[]): CompiledPolicy {
  const parts = [phrases.slice(0, 1000), phrases.slice(1000)].filter((part) => part.length > 0)
  return compileZones(
    parts.map((part, index) => ({
      name: `profanity-${index}`,
      phrases: [...part],
      action: 'block' as const,
      line: 'Zzz.',
    })),
  )
}

/** Words around the phrase in which nothing is forbidden, so that all that may leave is known: "Qq xx ", and no more. */
const before = 'Qq xx '
const after = ' yy qq.'

export function runProfanity(phrases: readonly string[], seed: number, every = 1): ProfanityCounts {
  const policy = profanityPolicy(phrases)
  const next = seededNumbers(seed)
  const examples: string[] = []
  let [tried, full, partial] = [0, 0, 0]
  for (const [name, disguise] of Object.entries({ ...disguises, ...spokenDisguises })) {
    for (const [place, phrase] of phrases.entries()) {
      if ((place + name.length) % every !== 0) continue
      const written = disguise(phrase, next(2 ** 31))
      const text = before + written + after
      const cuts = Array.from({ length: next(text.length) }, () => next(text.length))
      const run = runGate(createOutputGate(policy), [splitAt(text, cuts)])
      const left = run.released.join('')
      tried += 1
      /** An apostrophe or bracket before the first letter belongs to no match; it may leave. */
      const leaked = left.length > before.length + leadingSeparators(written)
      if (!leaked && run.blocks.length > 0) continue
      if (left.includes(written)) full += 1
      else partial += 1
      if (examples.length < 20) examples.push(`${name}: ${JSON.stringify(written)} left ${JSON.stringify(left)}`)
    }
  }
  return { phrases: phrases.length, tried, full, partial, examples }
}

function leadingSeparators(written: string): number {
  return /^[^\p{L}\p{N}@$!|+(]*/u.exec(written)?.[0].length ?? 0
}
