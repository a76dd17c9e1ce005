import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

const drawers = /^(utils?|helpers?|common|misc|types|shared|lib)$/
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/
/** A migration is known by its number; the rest is in the spelling of the tables it makes. */
const migration = /^\d{4}_[a-z0-9]+(_[a-z0-9]+)*\.sql$/
const entry = /^packages\/[a-z-]+\/src\/index\.ts$/

/** A drawer collects what nobody wanted to name. */
export const fileNames: Wall = {
  name: 'kebab-case names, no drawers (utils, helpers, common, misc, types.ts), no index.ts but a package entry',
  check: (sources) => sources.flatMap(checkOne),
  planted: [
    planted('packages/server/src/kernel/utils.ts'),
    planted('packages/server/src/platform/postgres/types.ts'),
    planted('packages/server/src/common/thing.ts'),
    planted('packages/policy/src/test-helpers/helpers.test.ts'),
    planted('packages/server/src/features/agents/index.ts'),
    planted('packages/server/src/features/agents/publishVersion.ts'),
    planted('packages/server/src/features/apiKeys/store.ts'),
    planted('packages/server/src/http/Talk_page.css'),
  ],
  innocent: [
    {
      name: 'ordinary names, a package entry, a migration, a setting at the root',
      files: {
        'packages/server/src/index.ts': '',
        'packages/server/src/features/api-keys/create-api-key.test.ts': '',
        'packages/server/src/platform/postgres/migrations/0001_logins_and_keys.sql': '',
        'vitest.config.ts': '',
        'packages/widget/src/talk.d.ts': '',
      },
    },
  ],
}

function planted(path: string) {
  return { name: path, files: { [path]: '' }, at: [path] }
}

function checkOne({ path }: Source): readonly Violation[] {
  const [file = '', ...folders] = path.split('/').toReversed()
  const [name = '', ...suffixes] = file.split('.')
  const parts = migration.test(file) ? folders : [...folders, name, ...suffixes]
  const wrong = parts.find((part) => !kebab.test(part))
  if (wrong !== undefined) return [{ path, line: 1, found: `"${wrong}" is not kebab-case` }]
  const drawer = [...folders, name].find((part) => drawers.test(part))
  if (drawer !== undefined) return [{ path, line: 1, found: `"${drawer}" says nothing; name it after what it holds` }]
  if (name === 'index' && !entry.test(path) && file.endsWith('ts')) {
    return [{ path, line: 1, found: 'index.ts is for the entry of a package; import the file itself' }]
  }
  return []
}
