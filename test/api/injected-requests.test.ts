/**
 * SQL that is injected through the API (data-boundary 1): every text that reaches a statement stands in it as it is, as if
 * no store used parameters, and every text of every route is tried with code in it. The code runs; it does not leave its
 * workspace, reach other sessions or change anything there, and the connection is fit for the next request.
 */
import type { Uuid } from '@hyponema/contract'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, openApi } from './api-harness.ts'
import { type CarelessDatabase, carelessDatabase } from './careless-database.ts'
import { contentOf } from './content-of.ts'
import { operationArbitrary, withIds } from './operation-arbitrary.ts'
import { type ApiDocument, type Operation, readOperations } from './read-operations.ts'
import { textPlaces, withTextAt } from './text-places.ts'
import { type Inhabited, inhabit } from './two-workspaces.ts'

/** Drafts of each operation in which its texts are looked for. */
const drafts = 6
const seed = 20_261_130

/** Short, because labels are; without spaces, because headers are tried too. */
function attacks(other: Uuid): readonly string[] {
  return [
    `'||(select/**/set_config('app.workspace_id','${other}',true))||'`,
    `'||(select/**/set_config('app.workspace_id','${other}',false))||'`,
    `'||query_to_xml('set/**/app.workspace_id=''${other}''',true,false,'')||'`,
    `'||(select/**/string_agg(t::text,'')from/**/tenant.agents/**/t)||'`,
    `'||(select/**/string_agg(t::text,'')from/**/tenant.users/**/t)||'`,
    `'||(select/**/string_agg(query,'')from/**/pg_stat_activity)||'`,
    `'||pg_notify('hyponema_signal','${other}/**/${other}')||'`,
    `'||pg_terminate_backend(pg_backend_pid())||'`,
    `'||(select/**/pg_advisory_lock(1))||'`,
    `'||lo_import('/etc/passwd')||'`,
    `';set/**/local/**/app.workspace_id='${other}';--`,
    `';commit;begin;set/**/local/**/app.workspace_id='${other}';--`,
    `'or/**/true--`,
    `'`,
  ]
}

/** Runs as code wherever a text is put in, and shows that it did. */
const harmless = "'||upper('injected')||'"

describe('SQL injected through the API', () => {
  let api: Api
  let document: ApiDocument
  let own: Inhabited
  let theirs: Inhabited
  let operator: string
  let careless: CarelessDatabase | undefined
  const state = { careless: false }
  beforeAll(async () => {
    api = await openApi({
      wrapDatabase: (database) => {
        const doors = carelessDatabase(database, { forgets: 'parameters' })
        careless = doors
        return {
          ...doors.database,
          withWorkspace: (scope, work) => (state.careless ? doors.database : database).withWorkspace(scope, work),
        }
      },
    })
    own = await inhabit(api, api.a, 'alder')
    theirs = await inhabit(api, api.b, 'birch')
    document = await readOperations(api)
    operator = await api.a.makeOperatorToken()
    state.careless = true
  })
  afterAll(() => api.close())

  type Request = { readonly path: string; readonly body: unknown }
  const send = (operation: Operation, request: Request, headers: Readonly<Record<string, string>> = {}) =>
    api.a.call(operation.method, request.path, { body: request.body, credential: operator, headers })

  const draftsOf = (operation: Operation): readonly Request[] =>
    fc
      .sample(operationArbitrary(operation, document, { document: scriptedDocument() }), { numRuns: drafts, seed })
      .map((draft) => withIds(draft, own.ids))

  test('the holes are there: code in a name, a header or a note is run', async () => {
    const named = await api.a.call('POST', '/v1/agents', {
      credential: operator,
      body: { name: harmless, document: scriptedDocument() },
      headers: { 'user-agent': harmless },
    })
    expect([named.status, named.text]).toEqual([201, expect.stringContaining('"name":"INJECTED"')])
    const [event] = await api.ask("select user_agent from tenant.audit_events where user_agent like '%INJECTED%'")
    expect(event).toEqual({ user_agent: 'INJECTED' })
    expect(careless?.changed()).toBeGreaterThan(5)
  })

  test('no text of any route leaves the workspace', async () => {
    const before = await contentOf(api, api.b.id)
    const tried = { places: 0, failed: 0, done: 0 }
    for (const operation of document.operations) {
      const places = new Map(
        draftsOf(operation).flatMap((request) =>
          textPlaces(request).map((place) => [place.join('/'), { place, request }] as const),
        ),
      )
      tried.places += places.size
      for (const { place, request } of places.values()) {
        let refusals = 0
        for (const code of attacks(api.b.id)) {
          const answer = await send(operation, withTextAt(request, place, code))
          refusals = answer.status === 422 ? refusals + 1 : 0
          // A field of another form than a text's: nothing of what follows would come through.
          if (refusals === 3) break
          const seen = theirs.marks.filter((mark) => answer.text.includes(mark) && !code.includes(mark))
          expect([operation.name, place, code, seen]).toEqual([operation.name, place, code, []])
          if (answer.status >= 500) tried.failed += 1
          if (answer.status < 300) tried.done += 1
        }
      }
    }
    expect(await contentOf(api, api.b.id)).toEqual(before)
    // Code that is refused by the database is a failure of the request; some is only an odd name.
    expect(tried.places).toBeGreaterThan(60)
    expect(tried.failed).toBeGreaterThan(100)
    expect(tried.done).toBeGreaterThan(5)
  }, 300_000)

  test('no header that is kept leaves the workspace', async () => {
    const before = await contentOf(api, api.b.id)
    const operation = document.operations.find(({ name }) => name === 'PATCH /v1/users/{id}')
    if (operation === undefined) throw new Error('no such route')
    const request = { path: `/v1/users/${own.ids.users}`, body: { language: 'en' } }
    for (const header of ['user-agent', 'idempotency-key', 'x-forwarded-for', 'origin', 'x-request-id']) {
      for (const code of attacks(api.b.id)) {
        const answer = await send(operation, request, { [header]: code })
        expect(theirs.marks.filter((mark) => answer.text.includes(mark) && !code.includes(mark))).toEqual([])
      }
    }
    expect(await contentOf(api, api.b.id)).toEqual(before)
  })

  test('afterwards every connection is as it was', async () => {
    state.careless = false
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => api.a.call('GET', `/v1/agents/${own.ids.agents}`, { credential: operator })),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const missing = await api.a.call('GET', `/v1/agents/${theirs.ids.agents}`, { credential: operator })
    expect(missing.status).toBe(404)
  })
})
