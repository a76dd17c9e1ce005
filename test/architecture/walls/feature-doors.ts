import { type Place, placeOf } from '../place-of.ts'
import { plant } from '../plant.ts'
import { fileOf } from '../resolve-edge.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

/** A door that needs more lines than this is a second feature. */
const maxDoorLines = 80

/** A feature is entered by its named doors; behind them it may change without asking anybody. */
export const featureDoors: Wall = {
  name: 'a feature reaches a sibling only through its public.ts, which is named and short; the layers above use its doors',
  check: (sources) =>
    sources
      .filter((source) => placeOf(source.path).area === 'server')
      .flatMap((source) => [...checkOne(source), ...checkDoor(source)]),
  planted: [
    plant(
      'a use case of a sibling',
      'features/sessions/create-session.ts',
      `import { x } from '../agents/publish-version.ts'`,
    ),
    plant("a sibling's SQL", 'features/sessions/store.ts', `import type { Row } from '../agents/store.ts'`),
    plant(
      'the live runtime at the SQL',
      'conversation/pipeline/turn.ts',
      `import { x } from '../../features/sessions/store.ts'`,
    ),
    plant(
      'the routes as a library',
      'conversation/pipeline/turn.ts',
      `import { x } from '../../features/sessions/routes.ts'`,
    ),
    plant('the app past the routes', 'http/app.ts', `await import('../features/sessions/end-session.ts')`),
    plant(
      'a test at the insides of a sibling',
      'features/sessions/end-session.test.ts',
      `import { x } from '../agents/store.ts'`,
    ),
    plant('a door that is no wall', 'features/agents/public.ts', `export * from './store.ts'`),
    plant('a door with a whole module', 'features/agents/public.ts', `export * as store from './store.ts'`),
    plant(
      'a door with a namespace',
      'features/agents/public.ts',
      `import * as store from './store.ts'; export { store }`,
    ),
    plant('a door loaded at run time', 'features/agents/public.ts', `export const all = await import('./store.ts')`),
    plant(
      "a door that hands on a sibling's",
      'features/agents/public.ts',
      `export { findUser } from '../users/public.ts'`,
    ),
    plant(
      "a door that hands on a sibling's under its own name",
      'features/agents/public.ts',
      `import { findUser } from '../users/public.ts'; export { findUser }`,
    ),
    plant('a door as wide as the house', 'features/agents/public.ts', '\n'.repeat(maxDoorLines + 1)),
    plant(
      'a public.ts of the platform that leads into a feature',
      'conversation/tools/run-tool.ts',
      `import { x } from '../../features/agents/insides/public.ts'`,
    ),
    plant('a type at the insides', 'features/users/store.ts', `type A = import('../agents/create-agent.ts').Agent`),
  ],
  innocent: [
    {
      name: 'its own files, the public door, routes and jobs for the assembly',
      files: {
        'packages/server/src/features/sessions/create-session.ts': `import './store.ts'; import '../agents/public.ts'`,
        'packages/server/src/features/agents/public.ts': `import { findUser } from '../users/public.ts'; export { findAgent } from './store.ts'; export const f = () => findUser()`,
        'packages/server/src/conversation/pipeline/turn.ts': `import '../../features/sessions/public.ts'`,
        'packages/server/src/http/app.ts': `import '../features/sessions/routes.ts'`,
        'packages/server/src/main.ts': `import './features/sessions/jobs.ts'; import './features/agents/public.ts'`,
      },
    },
  ],
}

function checkOne(source: Source): readonly Violation[] {
  const from = placeOf(source.path)
  return source.edges.flatMap((edge) => {
    const target = fileOf(source.path, edge)
    if (target === undefined) return []
    const to = placeOf(target)
    if (to.feature === undefined || to.feature === from.feature || doorsFor(from).test(target)) return []
    return [{ path: source.path, line: edge.line, found: `enters features/${to.feature} at ${edge.specifier ?? ''}` }]
  })
}

function doorsFor(from: Place): RegExp {
  return from.layer === 'http' || from.layer === 'main'
    ? /\/features\/[^/]+\/(public|routes|jobs)\.ts$/
    : /\/features\/[^/]+\/public\.ts$/
}

/** What goes out of a door is named there, and is its own. */
function checkDoor(source: Source): readonly Violation[] {
  const { feature } = placeOf(source.path)
  if (feature === undefined || !source.path.endsWith(`/${feature}/public.ts`)) return []
  const whole = source.edges.filter((edge) => edge.names.includes('*'))
  const siblings = new Set(
    source.bindings
      .filter(
        ({ from }) => from !== undefined && placeOf(fileOf(source.path, { specifier: from }) ?? '').feature !== feature,
      )
      .map(({ local }) => local),
  )
  const handedOn = source.bindings
    .filter(({ exported, from, name }) => exported !== undefined && (from?.startsWith('../') ?? siblings.has(name)))
    .map(({ exported }) => ({ line: 1, found: `hands on ${exported ?? ''}, which is not its own` }))
  const wide = source.lineCount > maxDoorLines ? [{ line: maxDoorLines, found: 'is wider than a door' }] : []
  return [
    ...whole.map(({ line }) => ({ line, found: 'opens a whole module; name what may be taken' })),
    ...handedOn,
    ...wide,
  ].map((one) => ({ path: source.path, ...one }))
}
