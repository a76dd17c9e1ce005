import { isProduct } from '../place-of.ts'
import { plant } from '../plant.ts'
import type { Member, Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

const server = 'packages/server/src/'
const simple = 'platform/postgres/simple-protocol.ts'
const extended = 'platform/postgres/extended-query.ts'

/** Every call of `query` on a connection, as it is written. Each was read by hand: what it sends cannot be chosen from outside. */
const reviewed: Readonly<Record<string, readonly string[]>> = {
  [simple]: [
    `client.query('BEGIN')`,
    "client.query(`SET LOCAL app.workspace_id = '${uuid}'`)",
    // A migration, or another script of ours; listed-callers says who may hand one over.
    `client.query(sql)`,
    // COPY of a table, both ways; listed-callers says who may ask for it.
    `client.query(copying)`,
  ],
  [extended]: [`client.query(query)`],
}

/** Tables of our own functions, in which a closed union or a claimed row chooses. No connection is reached through them. */
const tables: Readonly<Record<string, string>> = {
  'commands/compose-server.ts': 'log',
  'conversation/tools/create-session-tools.ts': 'builtInTools',
  'platform/jobs/dispatch-runner.ts': 'settings.handlers',
}

/** Hono's reader of the query string, and its validator, share the word. */
const ofRequest = { receiver: /^(context|c)\.req$/, layers: /^(http|guards|features|conversation)\// }

/** The field of an HTTP tool, which one file reads and nobody calls. */
const ofTool = { path: 'features/tools/compile-http-tool.ts', receiver: 'tool' }

/**
 * `pg` falls back to the simple protocol, which takes several statements, for every query without parameters. So nobody
 * mentions the `query` of anything but those files: a method that is read can be bound, and called out of sight.
 */
export const simpleProtocol: Wall = {
  name: 'one file sends simple-protocol messages; nobody else calls, reads, binds or names a query member',
  check: (sources) => sources.filter(({ path }) => path.startsWith(server) && isProduct(path)).flatMap(checkOne),
  planted: [
    planted('a query beside the two', `await client.query('COMMIT')`),
    planted('a query with parameters', `await client.query('select $1', [id])`),
    planted('a query by text', `await pool['query']('select 1')`),
    planted('a query by a sum of texts', `await pool['que' + 'ry']('select 1')`),
    planted('a query by a template', 'await pool[`que${"ry"}`]("select 1")'),
    planted('a query that may be absent', `await pool?.query?.('select 1')`),
    planted('a query on a cast', `await (pool as Mine).query('select 1')`),
    planted('a bound query', `const send = client.query.bind(client); send('a; b')`),
    planted('a query by call', `client.query.call(client, 'a; b')`),
    planted('a query that is handed on', `run(client.query)`),
    planted('a query that is taken apart', `const { query } = client`),
    planted('a query taken apart under another name', `const { query: send } = client`),
    planted('a query taken apart by text', `const { ['query']: send } = client`),
    planted('a query taken apart in a parameter', `const send = ({ query }) => query('a; b')`),
    planted('a query by reflection', `Reflect.get(client, 'query')`),
    planted('a name for later', `const method = 'query'; client[method]('a; b')`),
    planted('a name from elsewhere', `client[method]('a; b')`),
    planted('every name there is', `for (const key in client) client[key]('a; b')`),
    plant(
      'another name from elsewhere, beside a table',
      'platform/jobs/dispatch-runner.ts',
      `client[row.kind]('a; b')`,
    ),
    planted('the prototype', `Client.prototype.query.call(client, 'a; b')`),
    planted('the type of the method', `type Send = Client['query']`),
    plant('a query of the queue', 'platform/jobs/runner.ts', `helpers.query({ text, queryMode: 'extended' })`),
    plant('a query of a command', 'commands/seed-demo.ts', `await pool.query('select 1')`),
    plant('a query of the composition', 'commands/compose-server.ts', `pool.query('select 2')`),
    plant('a query of a guard', 'guards/rate-limit.ts', `await pool.query('select 1')`),
    plant('a query of a feature', 'features/agents/store.ts', `await tx.query('select 1')`),
    plant('a query of a connection called req', 'platform/jobs/runner.ts', `await context.req.query('select 1')`),
    plant('a query of a tool that is called', ofTool.path, `tool.query('select 1')`),
    plant('a query of a connection called tool', 'features/agents/store.ts', `const send = tool.query`),
    plant('another message of the simple file', simple, `client.query('COMMIT')`),
    plant('a binding of the simple file', simple, `export const send = client.query.bind(client)`),
    plant('an extended file that forgets the mode', extended, `const query = { text: sql }; client.query(query)`),
    plant(
      'an extended file that sends text',
      extended,
      `const query = { queryMode: 'extended' }; client.query(query); client.query('x')`,
    ),
  ],
  innocent: [
    {
      name: 'the reviewed calls, a query parameter of a request, a variable of that name, a test',
      files: {
        [`${server}${simple}`]: `client.query('BEGIN'); client.query(sql)`,
        [`${server}${extended}`]: `const query = { text: sql, queryMode: 'extended' }; client.query<Row, unknown[]>(query)`,
        [`${server}platform/jobs/dispatch-runner.ts`]: `await settings.handlers[row.kind]?.(tx, row.ref); const x = list[0]`,
        [`${server}${ofTool.path}`]: `const named = { '/query': tool.query }`,
        [`${server}http/app.ts`]: `context.req.query('limit')`,
        [`${server}features/agents/routes.ts`]: `route({ request: { query: schema } }); const query = context.req.valid('query'); query.limit`,
        [`${server}features/agents/store.ts`]: `let query = tx.db.selectFrom('x'); query = query.where(1); await query.execute(); run.queryText()`,
        [`${server}platform/postgres/with-workspace.test.ts`]: `client.query('select 1')`,
        'packages/widget/src/talk.ts': `const { query } = parse(location.search)`,
      },
    },
  ],
}

function planted(name: string, text: string) {
  return plant(name, 'platform/postgres/with-workspace.ts', text)
}

function checkOne(source: Source): readonly Violation[] {
  const path = source.path.slice(server.length)
  const computed = source.members
    .filter(({ name, form, receiver }) => name === '*' && form === 'call' && tables[path] !== receiver)
    .map(({ line }) => ({ path: source.path, line, found: 'calls a method whose name is computed; it may be query' }))
  const forced = source.properties.some(({ key, values }) => key === 'queryMode' && values.includes('extended'))
  const named = source.members
    .filter((member) => member.name === 'query' && !isOfRequest(path, member) && !isOfTool(path, member))
    .filter((member) => !isReviewed(path, member) || (path === extended && !forced))
    .map(({ line }) => ({
      path: source.path,
      line,
      found: `mentions the query of a connection; send one statement through ${extended}, or have the call reviewed`,
    }))
  return [...computed, ...named]
}

function isReviewed(path: string, { form, receiver, given }: Member): boolean {
  return form === 'call' && (reviewed[path] ?? []).includes(`${receiver}.query(${given.join(', ')})`)
}

function isOfTool(path: string, { form, receiver }: Member): boolean {
  return path === ofTool.path && form === 'read' && receiver === ofTool.receiver
}

function isOfRequest(path: string, { form, receiver }: Member): boolean {
  if (!ofRequest.layers.test(path)) return false
  return form === 'text' ? receiver === 'valid' : form === 'call' && ofRequest.receiver.test(receiver)
}
