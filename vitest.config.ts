import { configDefaults, defineConfig } from 'vitest/config'
import { WaitingSuitesFirst } from './test/harness/waiting-suites-first.ts'

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    // They need a browser, which takes the two cores for minutes: `npm run test:browser`.
    // The long ones take minutes for the same reason that they are worth it: `npm run test:long`.
    exclude: [...configDefaults.exclude, '**/*.browser.test.ts', '**/*.long.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    setupFiles: ['test/harness/seed-properties.ts'],
    // More than the two cores that this is measured on, because many suites wait for servers, and for speech to be spoken; not
    // twice as many, because speech does not wait for a machine that is behind.
    maxWorkers: 3,
    sequence: { sequencer: WaitingSuitesFirst },
    // What fails twice has failed. Microphones, players and leases run in real time, on machines that others use as well.
    retry: 1,
    // Most of the time of a small suite was the loading of its modules; a worker keeps them for its next suite.
    isolate: false,
    // Limits for what hangs, not measures of speed: a machine that is three times as busy passes too.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
