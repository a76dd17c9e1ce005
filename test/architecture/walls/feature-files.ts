import { placeOf } from '../place-of.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

const fixed = /^(routes|store|jobs|public)$/

/** What a use case can do. A file that begins with none of these is a drawer or belongs into another layer. */
const verbs = [
  'add',
  'cancel',
  'check',
  'claim',
  'close',
  'commit',
  'compile',
  'continue',
  'create',
  'compare',
  'delete',
  'disable',
  'enable',
  'end',
  'expire',
  'explain',
  'prove',
  'export',
  'fail',
  'find',
  'follow',
  'finish',
  'forget',
  'get',
  'replace',
  'judge',
  'map',
  'import',
  'invite',
  'issue',
  'keep',
  'join',
  'list',
  'load',
  'mint',
  'open',
  'probe',
  'publish',
  'purge',
  'raise',
  'read',
  'record',
  'remove',
  'render',
  'replay',
  'resolve',
  'revoke',
  'rewrap',
  'roll-back',
  'release',
  'require',
  'rotate',
  'run',
  'seal',
  'seed',
  'send',
  'start',
  'take',
  'suspend',
  'test',
  'update',
  'verify',
  'write',
]
const useCase = new RegExp(`^(${verbs.join('|')})-[a-z0-9-]+$`)

/** One look at a folder tells what can be done with its noun, and where its SQL is. */
export const featureFiles: Wall = {
  name: 'a feature holds routes.ts, store.ts, jobs.ts, public.ts, <verb>-<noun>.ts and tests, nothing else',
  check: (sources) => sources.flatMap(checkOne),
  planted: [
    planted('features/agents/agent-service.ts'),
    planted('features/agents/agents.ts'),
    planted('features/agents/publish.ts'),
    planted('features/agents/queries.ts'),
    planted('features/agents/model/agent.ts'),
    planted('features/store.ts'),
  ],
  innocent: [
    {
      name: 'the fixed set',
      files: Object.fromEntries(
        [
          'routes',
          'store',
          'jobs',
          'public',
          'publish-agent',
          'roll-back-agent',
          'publish-agent.test',
          'attack-agents.test',
        ].map((name) => [`packages/server/src/features/agents/${name}.ts`, '']),
      ),
    },
  ],
}

function planted(path: string) {
  const full = `packages/server/src/${path}`
  return { name: path, files: { [full]: '' }, at: [full] }
}

function checkOne({ path }: Source): readonly Violation[] {
  const { layer, feature, forTests } = placeOf(path)
  if (layer !== 'features' || forTests) return []
  if (feature === undefined) return [{ path, line: 1, found: 'stands beside the nouns, not in one' }]
  const [file = '', ...deeper] = path.split(`/features/${feature}/`)[1]?.split('/') ?? []
  const name = file.replace(/\.ts$/, '')
  if (deeper.length === 0 && (fixed.test(name) || useCase.test(name))) return []
  return [{ path, line: 1, found: 'is neither routes, store, jobs, public nor <verb>-<noun>' }]
}
