import { isHarness, type Layer, layers, placeOf } from '../place-of.ts'
import { fileOf } from '../resolve-edge.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

/** Imports in the server only point left; what exists for tests stays with the tests. */
export const layerOrder: Wall = {
  name: 'an import only points left: kernel <- platform <- guards <- features <- conversation <- http <- main',
  check: (sources) => sources.filter((source) => placeOf(source.path).area === 'server').flatMap(checkOne),
  planted: [
    {
      name: 'a guard that imports a feature',
      files: { 'packages/server/src/guards/authenticate.ts': `import { x } from '../features/agents/public.ts'` },
      at: ['packages/server/src/guards/authenticate.ts'],
    },
    {
      name: 'the kernel re-exports from the platform',
      files: { 'packages/server/src/kernel/clock.ts': `export { x } from '../platform/jobs/runner.ts'` },
      at: ['packages/server/src/kernel/clock.ts'],
    },
    {
      name: 'a type that points right',
      files: { 'packages/server/src/platform/jobs/runner.ts': `export type A = import('../../http/app.ts').App` },
      at: ['packages/server/src/platform/jobs/runner.ts'],
    },
    {
      name: 'a dynamic import that points right',
      files: { 'packages/server/src/features/agents/jobs.ts': `await import('../../conversation/pipeline/turn.ts')` },
      at: ['packages/server/src/features/agents/jobs.ts'],
    },
    {
      name: 'somebody imports the composition root',
      files: { 'packages/server/src/http/app.ts': `import { config } from '../config.ts'` },
      at: ['packages/server/src/http/app.ts'],
    },
    {
      name: 'a test beside the code is held to the same order',
      files: { 'packages/server/src/kernel/clock.test.ts': `import { x } from '../guards/authenticate.ts'` },
      at: ['packages/server/src/kernel/clock.test.ts'],
    },
    {
      name: 'product code that imports the harness of the tests',
      files: { 'packages/server/src/http/app.ts': `import { x } from '../test-harness/database.ts'` },
      at: ['packages/server/src/http/app.ts'],
    },
    {
      name: 'product code that imports a test',
      files: { 'packages/server/src/http/app.ts': `import { x } from './app.test.ts'` },
      at: ['packages/server/src/http/app.ts'],
    },
    {
      name: 'a folder that is no layer',
      files: { 'packages/server/src/services/thing.ts': `export const x = 1` },
      at: ['packages/server/src/services/thing.ts'],
    },
  ],
  innocent: [
    {
      name: 'imports to the left, a test that uses the harness, and a harness that starts everything',
      files: {
        'packages/server/src/main.ts': `import { config } from './config.ts'; import './http/app.ts'`,
        'packages/server/src/http/app.ts': `import '../features/agents/routes.ts'; import '../kernel/clock.ts'`,
        'packages/server/src/kernel/clock.test.ts': `import { x } from '../test-harness/database.ts'`,
        'packages/server/src/test-harness/database.ts': `import '../http/app.ts'`,
      },
    },
  ],
}

function checkOne(source: Source): readonly Violation[] {
  if (isHarness(source.path)) return []
  const { layer, forTests } = placeOf(source.path)
  if (layer === undefined) {
    return [{ path: source.path, line: 1, found: `stands outside the layers ${layers.join(', ')}` }]
  }
  return source.edges.flatMap((edge) => {
    const target = fileOf(source.path, edge)
    if (target === undefined) return []
    const wrong = forTests && isHarness(target) ? undefined : whatIsWrong(layer, target)
    return wrong === undefined
      ? []
      : [{ path: source.path, line: edge.line, found: `${edge.specifier ?? ''} ${wrong}` }]
  })
}

function whatIsWrong(from: Layer, target: string): string | undefined {
  const to = placeOf(target)
  if (to.forTests) return 'exists for tests only'
  if (to.area !== 'server' || to.layer === undefined) return undefined
  if (layers.indexOf(to.layer) <= layers.indexOf(from)) return undefined
  return `points right, from ${from} to ${to.layer}; take it as an argument instead`
}
