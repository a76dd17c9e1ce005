import { isProduct, placeOf } from '../place-of.ts'
import { plant } from '../plant.ts'
import { fileOf } from '../resolve-edge.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

const postgres = 'packages/server/src/platform/postgres/'
const door = `${postgres}with-identity.ts`
const signIn = 'packages/server/src/features/sign-in/'
/** Whoever runs commands on the host owns the installation; they hand the transaction to sign-in's public.ts. */
const openers = [postgres, signIn, 'packages/server/src/commands/']

/** Without a workspace there is no row security that tells one person from another, so one feature holds this handle. */
export const identityDoor: Wall = {
  name: 'who a person is: the door into the schema identity is held by sign-in, and its SQL stands in that store',
  check: (sources) =>
    sources.filter(({ path }) => isProduct(path) && placeOf(path).area === 'server').flatMap(checkOne),
  planted: [
    plant(
      'the type in another store',
      'features/members/store.ts',
      `import type { IdentityTx } from '../../platform/postgres/with-identity.ts'`,
    ),
    plant('the door in a route', 'http/app.ts', `database.withIdentity(work)`),
    plant('the door, taken apart', 'guards/authenticate.ts', `const { withIdentity } = database`),
    plant('the door by text', 'conversation/load-session.ts', `database['with' + 'Identity'](work)`),
    plant('a table in another store', 'features/members/store.ts', `db.selectFrom('identity.identities')`),
    plant('a table in a use case', 'features/sign-in/confirm-link.ts', `run('select * from identity.identities')`),
    plant('a table of a command', 'commands/member-command.ts', `run('select * from IDENTITY . identities')`),
  ],
  innocent: [
    {
      name: 'the store, its use cases, a command that hands the transaction on, other words',
      files: {
        [`${signIn}store.ts`]: `import type { IdentityTx } from '../../platform/postgres/with-identity.ts'; db.selectFrom('identity.identities')`,
        [`${signIn}confirm-link.ts`]: `import type { IdentityTx } from '../../platform/postgres/with-identity.ts'; deps.database.withIdentity(work)`,
        'packages/server/src/commands/member-command.ts': `database.withIdentity((tx) => findOrCreateIdentity(tx, options))`,
        'packages/server/src/http/app.ts': `log('no identity. Another.', 'identity, gzip')`,
        'packages/server/src/http/app.test.ts': `database.withIdentity(work)`,
      },
    },
  ],
}

function checkOne(source: Source): readonly Violation[] {
  const { path } = source
  const imports = source.edges
    .filter((edge) => fileOf(path, edge) === door && !path.startsWith(postgres) && !path.startsWith(signIn))
    .map(({ line }) => ({ line, found: 'imports the handle of sign-in; ask its public.ts' }))
  const opened = source.members
    .filter(({ name }) => name === 'withIdentity' && !openers.some((place) => path.startsWith(place)))
    .map(({ line }) => ({ line, found: 'opens the schema identity; only sign-in and commands do' }))
  const named = source.strings
    .filter(({ value }) =>
      /(^|\bfrom\s+|\binto\s+|\bupdate\s+|\bjoin\s+|\btable\s+)"?identity"?\s*\.\s*"?[a-z]/i.test(value),
    )
    .filter(() => path !== `${signIn}store.ts` && !path.startsWith(postgres))
    .map(({ line }) => ({ line, found: 'names a table of identity; its SQL stands in the store of sign-in' }))
  return [...imports, ...opened, ...named].map((one) => ({ path, ...one }))
}
