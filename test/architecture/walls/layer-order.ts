import { judgeEdges } from '../judge-edges.ts'
import { isHarness, type Layer, layers, placeOf } from '../place-of.ts'
import { plant } from '../plant.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

/** What is further left knows nothing of what is built on it. */
export const layerOrder: Wall = {
  name: 'an import only points left: kernel <- platform <- guards <- features <- conversation <- http <- main',
  check: (sources) => sources.filter((source) => placeOf(source.path).area === 'server').flatMap(checkOne),
  planted: [
    plant(
      'the live runtime that imports the assembly',
      'conversation/pipeline/turn.ts',
      `import type { App } from '../../http/app.ts'`,
    ),
    plant(
      'the platform that asks a guard',
      'platform/jobs/runner.ts',
      `export type { Rule } from '../../guards/permission.ts'`,
    ),
    plant(
      'a require that points right',
      'platform/jobs/runner.ts',
      `createRequire(import.meta.url)('../../http/app.ts')`,
    ),
    plant(
      'a command that is imported',
      'conversation/session-host.ts',
      `import { stop } from '../commands/shutdown-steps.ts'`,
    ),
    plant(
      'a guard that imports a feature',
      'guards/authenticate.ts',
      `import { x } from '../features/agents/public.ts'`,
    ),
    plant(
      'the kernel re-exports from the platform',
      'kernel/clock.ts',
      `export { x } from '../platform/jobs/runner.ts'`,
    ),
    plant('a type that points right', 'platform/jobs/runner.ts', `export type A = import('../../http/app.ts').App`),
    plant(
      'a dynamic import that points right',
      'features/agents/jobs.ts',
      `await import('../../conversation/pipeline/turn.ts')`,
    ),
    plant('somebody imports the composition root', 'http/app.ts', `import { config } from '../config.ts'`),
    plant(
      'a test beside the code is held to the same order',
      'kernel/clock.test.ts',
      `import { x } from '../guards/authenticate.ts'`,
    ),
    plant('a folder that is no layer', 'services/thing.ts', `export const x = 1`),
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
  const { layer } = placeOf(source.path)
  if (layer === undefined) {
    return [{ path: source.path, line: 1, found: `stands outside the layers ${layers.join(', ')}` }]
  }
  return judgeEdges(source, (target) => (target.kind === 'file' ? pointsRight(layer, target.path) : undefined))
}

function pointsRight(from: Layer, target: string): string | undefined {
  const to = placeOf(target)
  if (to.area !== 'server' || to.layer === undefined || isHarness(target)) return undefined
  if (layers.indexOf(to.layer) <= layers.indexOf(from)) return undefined
  return `points right, from ${from} to ${to.layer} (${target}); take it as an argument instead`
}
