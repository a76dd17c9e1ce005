import { handsOn } from '../hands-on.ts'
import { isProduct } from '../place-of.ts'
import { plant } from '../plant.ts'
import { fileOf } from '../resolve-edge.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

type Listed = {
  readonly name: string
  readonly home: string
  /** Files or folders that may call it, each with the proof that it holds. */
  readonly callers: Readonly<Record<string, string>>
}

const postgres = 'packages/server/src/platform/postgres/'
const installationScope = `${postgres}installation-scope.ts`

/** Functions that turn something unproved into an authority. A new caller is a decision, so it is made here. */
const listed: readonly Listed[] = [
  {
    name: 'provenScope',
    home: 'packages/server/src/kernel/workspace-scope.ts',
    callers: {
      'packages/server/src/guards/verify-api-key.ts': 'the key text matched its HMAC',
      'packages/server/src/guards/operator-token.ts':
        'the token carries our signature, and its membership is there as it was',
      'packages/server/src/guards/enter-as-identity.ts': 'the person was proved and has a membership there',
      'packages/server/src/guards/enter-by-invitation.ts': 'the address that was invited there was proved',
      'packages/server/src/guards/refresh-family.ts': 'the cookie holds a token that was handed out there',
      'packages/server/src/guards/session-token.ts': 'the token carries our signature',
      'packages/server/src/guards/principal-now.ts':
        'a ticket carries our signature, and its key or membership is there',
      'packages/server/src/platform/jobs/': 'the worker enters the workspace of a dispatch row it claimed',
      [installationScope]: 'the reserved workspace, which no key can name',
      [`${postgres}list-workspaces.ts`]: 'the database itself lists them, for the worker alone',
      [`${postgres}prover/attempt.ts`]: 'the prover attacks workspaces that it planted, and undoes it',
      'packages/server/src/commands/': 'whoever runs commands on the host owns the installation',
    },
  },
  {
    name: 'unprovenScope',
    home: 'packages/server/src/kernel/workspace-scope.ts',
    callers: {
      'packages/server/src/guards/verify-api-key.ts': 'reaches the one look-up that proves or refuses the key',
      'packages/server/src/guards/operator-token.ts': 'reaches the one look-up of its membership',
      'packages/server/src/guards/principal-now.ts':
        'reaches the one look-up of a key or membership that was proved before',
      'packages/server/src/guards/enter-as-identity.ts': 'reaches the one look-up of the membership of a person',
      'packages/server/src/guards/enter-by-invitation.ts': 'reaches the one look-up of an invitation',
      'packages/server/src/guards/refresh-family.ts': 'reaches the one look-up that proves or refuses the cookie',
    },
  },
  {
    name: 'extendedQuery',
    home: `${postgres}extended-query.ts`,
    callers: {
      [postgres]: 'makes the scoped handle, the migrations and the checks of the boundary',
      'packages/server/src/platform/jobs/claim-dispatch.ts':
        'calls the definer that claims a row, before there is a scope',
    },
  },
  {
    name: 'runOwnScript',
    home: `${postgres}simple-protocol.ts`,
    callers: { [postgres]: 'migrations and bootstrap scripts, files of ours' },
  },
  {
    name: 'copyOut',
    home: `${postgres}simple-protocol.ts`,
    callers: { [`${postgres}backup/`]: 'backup and restore, whose connections never carry a scope' },
  },
  {
    name: 'copyIn',
    home: `${postgres}simple-protocol.ts`,
    callers: { [`${postgres}backup/`]: 'restore, as the owner' },
  },
  {
    name: 'beginInWorkspace',
    home: `${postgres}simple-protocol.ts`,
    callers: { [`${postgres}with-workspace.ts`]: 'the one maker of a scoped transaction' },
  },
  {
    name: 'runUnscoped',
    home: `${postgres}with-workspace.ts`,
    callers: { [`${postgres}with-identity.ts`]: 'the one transaction without a workspace, of the login of sign-in' },
  },
  {
    name: 'createWithIdentity',
    home: `${postgres}with-identity.ts`,
    callers: { [`${postgres}database.ts`]: 'opens the door for the login of sign-in, and for no other' },
  },
]

export const listedCallers: Wall = {
  name: 'scopes and bare statements only for listed callers: where a key, a token, a dispatch row or the host has proved it',
  check: (sources) => sources.flatMap((source) => listed.flatMap((one) => checkOne(source, one))),
  planted: [
    plant(
      'a route that trusts an id',
      'features/agents/routes.ts',
      `import { provenScope } from '../../kernel/workspace-scope.ts'`,
    ),
    plant('a renamed import', 'http/app.ts', `import { provenScope as s } from '../kernel/workspace-scope.ts'`),
    plant('the whole module', 'http/app.ts', `import * as scope from '../kernel/workspace-scope.ts'`),
    plant('a dynamic import', 'http/app.ts', `await import('../kernel/workspace-scope.ts')`),
    plant('a re-export', 'kernel/scope.ts', `export { provenScope } from './workspace-scope.ts'`),
    plant(
      'an unproved look-up elsewhere',
      'guards/rate-limit.ts',
      `import { unprovenScope } from '../kernel/workspace-scope.ts'`,
    ),
    plant(
      'a statement without a scope',
      'features/agents/store.ts',
      `import { extendedQuery } from '../../platform/postgres/extended-query.ts'`,
    ),
    plant(
      'a script by a command',
      'commands/seed-demo.ts',
      `import { runOwnScript } from '../platform/postgres/simple-protocol.ts'`,
    ),
    plant(
      'a copy of rows beside backup and restore',
      'platform/postgres/export-rows.ts',
      `import { copyOut } from './simple-protocol.ts'`,
    ),
    plant(
      'a transaction beside withWorkspace',
      'platform/postgres/with-other.ts',
      `import { beginInWorkspace } from './simple-protocol.ts'`,
    ),
    plant(
      'a transaction without a workspace elsewhere',
      'platform/postgres/with-nothing.ts',
      `import { runUnscoped } from './with-workspace.ts'`,
    ),
    plant(
      'a listed caller as a door',
      'guards/verify-api-key.ts',
      `export { provenScope } from '../kernel/workspace-scope.ts'`,
    ),
    plant(
      'a listed caller as a door under another name',
      'guards/verify-api-key.ts',
      `import { provenScope } from '../kernel/workspace-scope.ts'; export const scopeOf = provenScope`,
    ),
    plant(
      'a listed caller that exports what it imported',
      'guards/session-token.ts',
      `import { provenScope as p } from '../kernel/workspace-scope.ts'; export { p as scopeOf }`,
    ),
    plant(
      'a listed caller that lends it',
      'guards/session-token.ts',
      `import * as scopes from '../kernel/workspace-scope.ts'; start({ scopeOf: scopes.provenScope })`,
    ),
    plant(
      'a listed caller that binds it',
      'guards/session-token.ts',
      `import { provenScope } from '../kernel/workspace-scope.ts'; const f = provenScope.bind(undefined)`,
    ),
  ],
  innocent: [
    {
      name: 'listed callers, the type, a test',
      files: {
        'packages/server/src/guards/verify-api-key.ts': `import { provenScope, unprovenScope } from '../kernel/workspace-scope.ts'; export const f = (id) => provenScope(unprovenScope(id))`,
        'packages/server/src/platform/jobs/claim.ts': `import { provenScope } from '../../kernel/workspace-scope.ts'`,
        'packages/server/src/http/app.ts': `import type { WorkspaceScope } from '../kernel/workspace-scope.ts'`,
        'packages/server/src/http/app.test.ts': `import { provenScope } from '../kernel/workspace-scope.ts'`,
      },
    },
  ],
}

function checkOne(source: Source, { name, home, callers }: Listed): readonly Violation[] {
  const { path } = source
  if (!isProduct(path) || path === home) return []
  const isHome = (specifier: string): boolean => fileOf(path, { specifier }) === home
  if (Object.keys(callers).some((caller) => path.startsWith(caller))) {
    const given = handsOn(source, new RegExp(`^${name}$`), isHome)
    return given.map((line) => ({ path, line, found: `hands ${name} on; whoever wants it stands on the list himself` }))
  }
  return source.edges
    .filter((edge) => isHome(edge.specifier ?? '') && !edge.typeOnly)
    .filter((edge) => edge.names.includes(name) || edge.names.includes('*'))
    .map(({ line }) => ({ path, line, found: `takes ${name} without standing on the list of its callers` }))
}
