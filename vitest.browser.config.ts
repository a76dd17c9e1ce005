import { mergeConfig } from 'vitest/config'
import shared from './vitest.config.ts'

/** `npm run test:browser`: the suites that look at pages in a Chromium. Each reports itself as skipped where there is none. */
export default mergeConfig(
  { ...shared, test: { ...shared.test, exclude: undefined, include: undefined } },
  // A browser computes where other suites wait.
  { test: { include: ['test/**/*.browser.test.ts'], maxWorkers: 3 } },
)
