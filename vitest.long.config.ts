import { mergeConfig } from 'vitest/config'
import shared from './vitest.config.ts'

/** `npm run test:long`: the suites that take minutes, because they try very many cases or kill servers again and again. */
export default mergeConfig(
  { ...shared, test: { ...shared.test, exclude: undefined, include: undefined } },
  { test: { include: ['packages/*/src/**/*.long.test.ts', 'test/**/*.long.test.ts'] } },
)
