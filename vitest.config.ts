import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    setupFiles: ['test/harness/seed-properties.ts'],
    // The runner's own default leaves one core idle; many suites wait for servers more than they compute.
    maxWorkers: 2,
    // Limits for what hangs, not measures of speed: a machine that is three times as busy passes too.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
