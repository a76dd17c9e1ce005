import { placeOf } from '../place-of.ts'
import { fileOf } from '../resolve-edge.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

type Listed = {
  readonly name: string
  readonly home: string
  /** Files or folders that may call it, each with the proof that it holds. */
  readonly callers: Readonly<Record<string, string>>
}

const installationScope = 'packages/server/src/platform/postgres/installation-scope.ts'

/** Functions that turn something unproved into an authority. A new caller is a decision, so it is made here. */
const listed: readonly Listed[] = [
  {
    name: 'provenScope',
    home: 'packages/server/src/kernel/workspace-scope.ts',
    callers: {
      'packages/server/src/guards/verify-api-key.ts': 'the key text matched its HMAC',
      'packages/server/src/guards/operator-token.ts': 'the token carries our signature',
      'packages/server/src/guards/session-token.ts': 'the token carries our signature',
      'packages/server/src/platform/jobs/': 'the worker enters the workspace of a dispatch row it claimed',
      [installationScope]: 'the reserved workspace, which no key can name',
      'packages/server/src/commands/': 'whoever runs commands on the host owns the installation',
    },
  },
  {
    name: 'unprovenScope',
    home: 'packages/server/src/kernel/workspace-scope.ts',
    callers: {
      'packages/server/src/guards/verify-api-key.ts': 'reaches the one look-up that proves or refuses the key',
    },
  },
]

export const listedCallers: Wall = {
  name: 'a workspace scope is made only where a key, a token, a dispatch row or the host has proved it',
  check: (sources) => sources.flatMap((source) => listed.flatMap((one) => checkOne(source, one))),
  planted: [
    planted(
      'a route that trusts an id',
      'features/agents/routes.ts',
      `import { provenScope } from '../../kernel/workspace-scope.ts'`,
    ),
    planted('a renamed import', 'http/app.ts', `import { provenScope as s } from '../kernel/workspace-scope.ts'`),
    planted('the whole module', 'http/app.ts', `import * as scope from '../kernel/workspace-scope.ts'`),
    planted('a dynamic import', 'http/app.ts', `await import('../kernel/workspace-scope.ts')`),
    planted('a re-export', 'kernel/scope.ts', `export { provenScope } from './workspace-scope.ts'`),
    planted(
      'an unproved look-up elsewhere',
      'guards/rate-limit.ts',
      `import { unprovenScope } from '../kernel/workspace-scope.ts'`,
    ),
  ],
  innocent: [
    {
      name: 'listed callers, the type, a test',
      files: {
        'packages/server/src/guards/verify-api-key.ts': `import { provenScope, unprovenScope } from '../kernel/workspace-scope.ts'`,
        'packages/server/src/platform/jobs/claim.ts': `import { provenScope } from '../../kernel/workspace-scope.ts'`,
        'packages/server/src/http/app.ts': `import type { WorkspaceScope } from '../kernel/workspace-scope.ts'`,
        'packages/server/src/http/app.test.ts': `import { provenScope } from '../kernel/workspace-scope.ts'`,
      },
    },
  ],
}

function planted(name: string, path: string, text: string) {
  const full = `packages/server/src/${path}`
  return { name, files: { [full]: text }, at: [full] }
}

function checkOne(source: Source, { name, home, callers }: Listed): readonly Violation[] {
  if (placeOf(source.path).forTests || Object.keys(callers).some((caller) => source.path.startsWith(caller))) return []
  return source.edges
    .filter((edge) => fileOf(source.path, edge) === home && !edge.typeOnly)
    .filter((edge) => edge.names.includes(name) || edge.names.includes('*'))
    .map(({ line }) => ({
      path: source.path,
      line,
      found: `takes ${name} without standing on the list of its callers`,
    }))
}
