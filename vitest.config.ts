import { configDefaults, defineConfig } from 'vitest/config'
import { WaitingSuitesSpread } from './test/harness/waiting-suites-spread.ts'

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    // They need a browser, which takes the two cores for minutes: `npm run test:browser`.
    // The long ones take minutes for the same reason that they are worth it: `npm run test:long`.
    exclude: [...configDefaults.exclude, '**/*.browser.test.ts', '**/*.long.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    setupFiles: ['test/harness/seed-properties.ts'],
    // Twice the two cores that this is measured on, because about half of them wait for servers and for speech at any time.
    maxWorkers: 4,
    sequence: { sequencer: WaitingSuitesSpread },
    // A suite makes much that lives for the length of one test; with room for it the collector runs a quarter as often.
    execArgv: ['--max-semi-space-size=64'],
    // What fails twice has failed. Microphones, players and leases run in real time, on machines that others use as well.
    retry: 1,
    // Most of the time of a small suite was the loading of its modules; a worker keeps them for its next suite.
    isolate: false,
    // Limits for what hangs, not measures of speed: a machine that is three times as busy passes too.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
