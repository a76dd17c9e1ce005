import { type Place, placeOf } from '../place-of.ts'
import { fileOf } from '../resolve-edge.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

/** A feature is entered by its named doors; behind them it may change without asking anybody. */
export const featureDoors: Wall = {
  name: 'a feature reaches a sibling only through its public.ts; the layers above use its doors',
  check: (sources) => sources.filter((source) => placeOf(source.path).area === 'server').flatMap(checkOne),
  planted: [
    planted(
      'a use case of a sibling',
      'features/sessions/create-session.ts',
      `import { x } from '../agents/publish-version.ts'`,
    ),
    planted("a sibling's SQL", 'features/sessions/store.ts', `import type { Row } from '../agents/store.ts'`),
    planted(
      'the live runtime at the SQL',
      'conversation/pipeline/turn.ts',
      `import { x } from '../../features/sessions/store.ts'`,
    ),
    planted(
      'the routes as a library',
      'conversation/pipeline/turn.ts',
      `import { x } from '../../features/sessions/routes.ts'`,
    ),
    planted('the app past the routes', 'http/app.ts', `await import('../features/sessions/end-session.ts')`),
    planted(
      'a test at the insides of a sibling',
      'features/sessions/end-session.test.ts',
      `import { x } from '../agents/store.ts'`,
    ),
  ],
  innocent: [
    {
      name: 'its own files, the public door, routes and jobs for the assembly',
      files: {
        'packages/server/src/features/sessions/create-session.ts': `import './store.ts'; import '../agents/public.ts'`,
        'packages/server/src/conversation/pipeline/turn.ts': `import '../../features/sessions/public.ts'`,
        'packages/server/src/http/app.ts': `import '../features/sessions/routes.ts'`,
        'packages/server/src/main.ts': `import './features/sessions/jobs.ts'; import './features/agents/public.ts'`,
      },
    },
  ],
}

function planted(name: string, path: string, text: string) {
  const full = `packages/server/src/${path}`
  return { name, files: { [full]: text }, at: [full] }
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
  return from.layer === 'http' || from.layer === 'main' ? /\/(public|routes|jobs)\.ts$/ : /\/public\.ts$/
}
