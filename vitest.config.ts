import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    setupFiles: ['test/harness/seed-properties.ts'],
    // Twice the two cores that this is measured on: many suites wait for servers, and for speech to be spoken.
    maxWorkers: 4,
    // Most of the time of a small suite was the loading of its modules; a worker keeps them for its next suite.
    isolate: false,
    // Limits for what hangs, not measures of speed: a machine that is three times as busy passes too.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
