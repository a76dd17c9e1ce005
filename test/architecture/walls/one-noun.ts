import { type Noun, nouns, sharedTables, snake } from '../nouns.ts'
import { placeOf } from '../place-of.ts'
import { plant } from '../plant.ts'
import type { Source } from '../source.ts'
import { tenantTables } from '../tenant-tables.ts'
import type { Violation, Wall } from '../wall.ts'

/** Whoever knows the name of one thing knows the names of all that belongs to it. */
export const oneNoun: Wall = {
  name: 'one noun everywhere: folder = table = path segment = OpenAPI tag = permission prefix = audit action',
  check: (sources) => sources.flatMap(checkOne),
  planted: [
    plant('a folder that is no noun', 'features/billing/store.ts', ''),
    plant('a permission of another noun', 'features/agents/routes.ts', `route({ permission: 'users:read' })`),
    plant('a path of another noun', 'features/agents/routes.ts', `route({ path: '/v1/assistants/{id}' })`),
    plant('a tag of another noun', 'features/agents/routes.ts', `const tags = ['Assistants']`),
    plant(
      'an audit action of another noun',
      'features/agents/create-agent.ts',
      `audit({ action: 'assistant.created' })`,
    ),
    plant('an audit action in the present', 'features/agents/create-agent.ts', `audit({ action: 'agent.Create' })`),
    plant("a sibling's table", 'features/sessions/store.ts', `db.selectFrom('tenant.agents')`),
    plant("a sibling's table under another name", 'features/sessions/store.ts', `db.selectFrom('tenant.agents as a')`),
    plant(
      "a column of a sibling's table",
      'features/sessions/store.ts',
      `db.innerJoin('tenant.users', 'tenant.users.id')`,
    ),
    plant('a permission that is singular', 'features/api-keys/routes.ts', `route({ permission: 'api_key:read' })`),
  ],
  innocent: [
    {
      name: 'a noun that keeps to itself, and those whose words differ for a reason',
      files: {
        'packages/server/src/features/api-keys/routes.ts': `route({ permission: 'api_keys:read', path: '/v1/api-keys/{id}', tags: ['api-keys'] })`,
        'packages/server/src/features/agents/store.ts': `db.selectFrom('tenant.agents as a').select('tenant.agent_versions.id')`,
        'packages/server/src/features/agents/publish-agent.ts': `audit({ action: 'agent.rolled_back' }); gate({ action: 'replace' })`,
        'packages/server/src/features/turns/routes.ts': `route({ permission: 'transcripts:read', path: '/v1/sessions/{id}/turns' })`,
        'packages/server/src/features/audit/routes.ts': `route({ permission: 'audit:read', path: '/v1/audit-events' })`,
        'packages/server/src/features/agents/store.test.ts': `db.selectFrom('tenant.users')`,
      },
    },
  ],
}

function checkOne(source: Source): readonly Violation[] {
  const { feature, forTests } = placeOf(source.path)
  if (forTests) return []
  if (feature === undefined) return []
  if (nouns[feature] === undefined)
    return [{ path: source.path, line: 1, found: `"${feature}" is no noun of the product` }]
  return [...wrongProperties(source, feature), ...wrongTables(source, feature)]
}

function wrongProperties(source: Source, feature: string): readonly Violation[] {
  return source.properties.flatMap(({ key, values, line }) =>
    values
      .filter((value) => !fits(key, value, feature))
      .map((value) => ({ path: source.path, line, found: `${key} "${value}" is not of the noun ${feature}` })),
  )
}

function fits(key: string, value: string, feature: string): boolean {
  const noun = nouns[feature]
  if (noun === undefined) return false
  switch (key) {
    case 'permission':
      return [snake(feature), ...(noun.permissions ?? [])].includes(value.split(':')[0] ?? '')
    case 'path':
      return (
        !value.startsWith('/v1/') ||
        [feature, ...(noun.segments ?? [])].some((segment) => value.split('/').includes(segment))
      )
    case 'tags':
      return value === feature
    case 'action':
      return !value.includes('.') || isActionOf(noun, value)
    default:
      return true
  }
}

function isActionOf(noun: Noun, action: string): boolean {
  const [subject = '', verb = '', ...rest] = action.split('.')
  return rest.length === 0 && /^[a-z_]+$/.test(verb) && [noun.singular, ...(noun.actions ?? [])].includes(subject)
}

function wrongTables(source: Source, feature: string): readonly Violation[] {
  const { singular = feature, tables = [] } = nouns[feature] ?? {}
  return tenantTables(source)
    .filter(
      ({ table }) => ![snake(feature), ...tables, ...sharedTables].includes(table) && !table.startsWith(`${singular}_`),
    )
    .map(({ table, line }) => ({
      path: source.path,
      line,
      found: `reads ${table}, which another noun owns; ask its public.ts`,
    }))
}
