import type { SentencePart } from '../match/sentence-finder.ts'
import type { CalibratedSet } from './calibrate-examples.ts'

/** Null where no zone has examples. Places in the list are owners. A sentence that is alike matches as a whole. */
export function createExamplePart(sets: readonly (CalibratedSet | null)[]): SentencePart | null {
  const owned = sets.flatMap((set, owner) => (set === null ? [] : [{ set, owner }]))
  if (owned.length === 0) return null
  return {
    find: ({ given }) =>
      owned
        .filter(({ set }) => set.likeness(given) >= set.calibration.threshold)
        .map(({ owner }) => ({ owner, start: 0, end: given.length, view: 'example' })),
  }
}
