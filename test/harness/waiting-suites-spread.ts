import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Where suites start servers and browsers, and wait for speech and leases in real time. */
const waiting = /\/test\/(?:canary|end-to-end|official-client|documentation)\//

/**
 * The order of a run. A suite that waits for half a minute and comes last keeps the others' workers idle, and vitest, which knows
 * only the size of a file until it has run it once, puts the shortest last. So these come first, and the many short ones fill up.
 */
export class WaitingSuitesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const waits = ({ moduleId }: TestSpecification): boolean => waiting.test(moduleId)
    return [...sorted.filter(waits), ...sorted.filter((file) => !waits(file))]
  }
}
