import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Where suites start servers and browsers, and wait for speech and leases in real time. */
const waiting = /\/test\/(?:canary|end-to-end|official-client|documentation)\//

/** Of the other suites, the share that runs beside the waiting ones; the rest are short, and fill up what is left of the run. */
const sharedPart = 0.75

/**
 * The order of a run. Suites that wait leave the processor to others, and suites that compute take all of it: of each kind some
 * run at any time. None that waits comes last, where it would keep the workers of the others idle.
 */
export class WaitingSuitesSpread extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const waits = sorted.filter(({ moduleId }) => waiting.test(moduleId))
    const others = sorted.filter(({ moduleId }) => !waiting.test(moduleId))
    const places = new Map<TestSpecification, number>()
    // The first two begin at once.
    for (const [index, file] of waits.entries()) places.set(file, (index - 2) / waits.length)
    for (const [index, file] of others.entries()) places.set(file, index / (others.length * sharedPart))
    return sorted.toSorted((left, right) => (places.get(left) ?? 0) - (places.get(right) ?? 0))
  }
}
