import { isProduct } from '../place-of.ts'
import { fileOf } from '../resolve-edge.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

/** The walls judge what they read: code in a folder that is skipped, or under a name that is not looked at, would stand outside all of them. */
export const readFiles: Wall = {
  name: 'whatever product code imports from its own packages was read by these walls',
  check: (sources) => {
    const read = new Set(sources.map(({ path }) => path))
    return sources.filter(({ path }) => isProduct(path)).flatMap((source) => checkOne(source, read))
  },
  planted: [
    {
      name: 'code in a folder that is skipped',
      files: {
        'packages/server/src/http/app.ts': `import { x } from '../coverage/door.ts'; import './health.ts'`,
        'packages/server/src/http/health.ts': '',
      },
      at: ['packages/server/src/http/app.ts'],
    },
    {
      name: 'a re-export from a hidden folder',
      files: { 'packages/policy/src/index.ts': `export * from './.cache/decide.ts'` },
      at: ['packages/policy/src/index.ts'],
    },
  ],
  innocent: [
    {
      name: 'files that were read, packages, built-ins',
      files: {
        'packages/server/src/http/app.ts': `import { x } from './health.ts'; import 'hono'; import 'node:http'; import '@hyponema/policy'`,
        'packages/server/src/http/health.ts': '',
        'packages/policy/src/index.ts': '',
      },
    },
  ],
}

function checkOne(source: Source, read: ReadonlySet<string>): readonly Violation[] {
  return source.edges.flatMap((edge) => {
    const target = fileOf(source.path, edge)
    if (target === undefined || read.has(target)) return []
    return [{ path: source.path, line: edge.line, found: `imports ${target}, which no wall has read` }]
  })
}
