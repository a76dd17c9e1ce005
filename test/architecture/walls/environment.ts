import { isProduct } from '../place-of.ts'
import { plant } from '../plant.ts'
import type { Source } from '../source.ts'
import { takenFrom } from '../taken-from.ts'
import type { Violation, Wall } from '../wall.ts'

const reader = 'packages/server/src/config.ts'

/** Asks the report which libc this is, and nothing else of it. */
const libcReader = 'packages/server/src/platform/postgres/embedded/host-facts.ts'

/** One reader of the environment, so that one file says what an installation can set. */
export const environment: Wall = {
  name: 'process.env only in config.ts',
  check: (sources) => sources.flatMap(checkOne),
  planted: [
    planted('a plain read', `const port = process.env.PORT`),
    planted('a read by text', `const port = globalThis['process']['env'].PORT`),
    planted('a read by destructuring', `const { env } = process`),
    planted('a process that is handed on', `start(process)`),
    planted('an imported process', `import process from 'node:process'; process.env.PORT`),
    planted('an imported environment', `import { env } from 'process'; env.PORT`),
    planted(
      'an imported process under another name',
      `import * as p from 'node:process'; const { env: e } = p; e.PORT`,
    ),
    planted('an imported process that is handed on', `import p from 'process'; start(p)`),
    planted('an environment that is handed on', `export { env } from 'node:process'`),
    planted('the report, which holds the environment', `process.report.getReport()`),
    planted('a file of settings', `process.loadEnvFile()`),
    planted('a computed property', `process['e' + 'nv']`),
  ],
  innocent: [
    {
      name: 'the reader, other uses of process, tests and tools',
      files: {
        [reader]: `export const port = process.env['PORT']`,
        'packages/server/src/main.ts': `process.on('SIGTERM', stop); process.exitCode = 1; const { pid } = process`,
        'packages/server/src/main.test.ts': `process.env.PORT`,
        'tools/launch.mjs': `process.env.PORT`,
      },
    },
  ],
}

function planted(name: string, text: string) {
  return plant(name, 'platform/postgres/connect.ts', text)
}

function checkOne(source: Source): readonly Violation[] {
  if (source.path === reader || !isProduct(source.path)) return []
  const globals = source.references
    .filter((reference) => /^process(\.(env|\*|loadEnvFile|report|default)(\.|$)|$)/.test(reference.path))
    .filter(({ path }) => !(source.path === libcReader && path === 'process.report.getReport'))
  const imported = takenFrom(source, 'node:process').filter((taken) => /^(env|loadEnvFile|\*)$/.test(taken.name))
  return [...globals, ...imported].map(({ line }) => ({
    path: source.path,
    line,
    found: `reads the environment; ${reader} is its one reader, take the setting as an argument`,
  }))
}
