import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

const home = 'packages/server/src/platform/'
const simple = `${home}postgres/simple-protocol.ts`
const extended = `${home}postgres/extended-query.ts`

/**
 * `pg` falls back to the simple protocol, which takes several statements, for every query without parameters. So nobody
 * calls `query` but the file that is meant to do that, and the one that forces the extended protocol.
 */
export const simpleProtocol: Wall = {
  name: 'one file sends simple-protocol messages; every other statement is forced through the extended protocol',
  check: (sources) => sources.filter((source) => source.path.startsWith(home)).flatMap(checkOne),
  planted: [
    planted('a query beside the two', 'postgres/with-workspace.ts', `await client.query('COMMIT')`),
    planted('a query with parameters', 'postgres/with-workspace.ts', `await client.query('select $1', [id])`),
    planted('a query of the pool', 'jobs/runner.ts', `await pool.query({ text, queryMode: 'extended' })`),
    planted('a query by text', 'jobs/runner.ts', `await pool['query']('select 1')`),
    planted(
      'an extended file that forgets the mode',
      'postgres/extended-query.ts',
      `client.query({ text: sql, values })`,
    ),
    planted(
      'an extended file that sends text',
      'postgres/extended-query.ts',
      `const q = { queryMode: 'extended' }; client.query('x')`,
    ),
  ],
  innocent: [
    {
      name: 'the two files, a query parameter of a request, a test',
      files: {
        [simple]: `client.query('BEGIN')`,
        [extended]: `const query = { text: sql, values, queryMode: 'extended' }; client.query(query)`,
        'packages/server/src/http/app.ts': `context.req.query('limit')`,
        [`${home}postgres/with-workspace.test.ts`]: `client.query('select 1')`,
      },
    },
  ],
}

function planted(name: string, path: string, text: string) {
  return { name, files: { [home + path]: text }, at: [home + path] }
}

function checkOne(source: Source): readonly Violation[] {
  if (source.path === simple || source.path.endsWith('.test.ts')) return []
  const calls = source.methodCalls.filter((call) => call.method === 'query')
  if (source.path !== extended) {
    return calls.map(({ line }) => ({ path: source.path, line, found: `calls query; use ${extended}` }))
  }
  const forced = source.properties.some(({ key, values }) => key === 'queryMode' && values.includes('extended'))
  return calls
    .filter((call) => !forced || /^['"`]/.test(call.firstArgument ?? ''))
    .map(({ line }) => ({ path: source.path, line, found: `calls query without queryMode: 'extended'` }))
}
