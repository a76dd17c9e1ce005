import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

/** As a whole name; `event-types.ts` may still hold the types of events. */
const drawers = /^(types|shared|lib|constants)$/
/** As one word of a name, wherever it stands. */
const drawerWords = /^(utils?|utilit(y|ies)|helpers?|common|commons|misc|miscellaneous|stuff|toolbox)$/
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/
/** A migration is known by its number; the rest is in the spelling of the tables it makes. */
const migration = /^\d{4}_[a-z0-9]+(_[a-z0-9]+)*\.sql$/
const entry = /^packages\/[a-z-]+\/src\/index\.ts$/

/** What a package is written in. `.mts` and its like are read by Node under other rules; binaries are read by nobody. */
const foreign = /\.([cm][jt]s|jsx?|tsx|node|wasm)$/

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
    planted('packages/server/src/kernel/string-utils.ts'),
    planted('packages/server/src/kernel/date-helpers.ts'),
    planted('packages/server/src/kernel/common-things.ts'),
    planted('packages/server/src/kernel/array-util.test.ts'),
    planted('packages/server/src/common-parts/thing.ts'),
    planted('packages/server/src/kernel/constants.ts'),
    planted('packages/server/src/features/agents/agents.index.ts'),
    planted('packages/widget/src/talk.tsx'),
    planted('packages/server/src/kernel/clock.mts'),
    planted('packages/server/src/kernel/clock.cts'),
    planted('packages/server/src/kernel/clock.js'),
    planted('packages/server/src/kernel/clock.cjs'),
    planted('packages/server/src/platform/crypto/fast-seal.node'),
    planted('packages/server/src/conversation/flite.wasm'),
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
        'packages/server/src/kernel/event-types.ts': '',
        'packages/server/src/kernel/commonality.ts': '',
        'tools/build.mjs': '',
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
  const drawer = [...folders, name].find((part) => drawers.test(part) || part.split('-').some(isDrawerWord))
  if (drawer !== undefined) return [{ path, line: 1, found: `"${drawer}" says nothing; name it after what it holds` }]
  if (foreign.test(file) && path.startsWith('packages/')) {
    return [{ path, line: 1, found: 'is not TypeScript in a .ts file, which is what packages are written in' }]
  }
  if ([name, ...suffixes].includes('index') && !entry.test(path) && file.endsWith('ts')) {
    return [{ path, line: 1, found: 'index.ts is for the entry of a package; import the file itself' }]
  }
  return []
}

function isDrawerWord(word: string): boolean {
  return drawerWords.test(word)
}
