import type { NoGoZone } from '@hyponema/contract'
import { Recent } from '../match/recent.ts'
import { type CalibratedSet, calibrateExamples, type ExampleSet } from './calibrate-examples.ts'

/** The same examples are compiled for a save, for each session and for each test; learning from them once is enough. */
const known = new Recent<CalibratedSet>(64)

/** What the examples of a zone came to; null where it has none. */
export function calibratedZone(
  zone: Pick<NoGoZone, 'examples' | 'counter_examples' | 'example_threshold'>,
): CalibratedSet | null {
  if (zone.examples.length === 0) return null
  const set: ExampleSet = {
    examples: zone.examples,
    counterExamples: zone.counter_examples,
    threshold: zone.example_threshold,
  }
  return known.get(JSON.stringify(set), () => calibrateExamples(set))
}
