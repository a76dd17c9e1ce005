/**
 * "Not yours" and "not there" are one answer after the same work (product.md): a request with ids of the other workspace
 * and the same request with ids that nobody has send the same statements, as many of them, and get equal bytes but for the
 * request's id and the date. Bodies and queries come from the API document, valid ones and hostile ones.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, openApi } from './api-harness.ts'
import type { Answer } from './call-api.ts'
import { type Draft, operationArbitrary, withIds } from './operation-arbitrary.ts'
import { type ApiDocument, readOperations } from './read-operations.ts'
import { TracedStatements } from './traced-statements.ts'
import { type Ids, inhabit, nobodysIds } from './two-workspaces.ts'

const runs = 25

describe('ids of another workspace and ids of nobody', () => {
  let api: Api
  let document: ApiDocument
  let theirs: Ids
  const traced = new TracedStatements()
  beforeAll(async () => {
    api = await openApi({ wrapDatabase: (database) => traced.listen(database) })
    await inhabit(api, api.a, 'alder')
    theirs = (await inhabit(api, api.b, 'birch')).ids
    document = await readOperations(api)
  })
  afterAll(() => api.close())

  /** As an operator unless a key is given; a membership is remembered for five seconds, so each time it is asked for anew. */
  const send = async (draft: Draft, ids: Ids, key?: string) => {
    api.pass(5_000)
    const credential = key ?? (await api.a.makeOperatorToken())
    const { path, body } = withIds(draft, ids)
    const { result, statements } = await traced.during(() =>
      api.a.call(draft.operation.method, path, { body, credential }),
    )
    return { path, statements, ...comparable(result) }
  }

  test('get the same answer after the same statements, whatever else the request says', async () => {
    const compared = new Map<string, Set<number>>()
    for (const operation of document.operations) {
      // A document of chance is refused by its form, nearly always.
      const taken = operation.path.startsWith('/v1/policies') ? { document: {}, text: '{}', agents: [] } : {}
      const drafts = operationArbitrary(operation, document, taken).filter(
        ({ path, body }) => path.includes('<<') || (JSON.stringify(body) ?? '').includes('<<'),
      )
      if (!operation.path.includes('{id}') && operation.name !== 'POST /v1/sessions') continue
      const seen = new Set<number>()
      compared.set(operation.name, seen)
      await fc.assert(
        fc.asyncProperty(drafts, async (draft) => {
          const { path: _theirs, ...one } = await send(draft, theirs)
          const { path: _nobodys, ...two } = await send(draft, nobodysIds())
          expect([operation.name, one]).toEqual([operation.name, two])
          seen.add(one.status)
        }),
        { numRuns: runs },
      )
    }
    // Each was looked for, not only refused by its form.
    expect([...compared].filter(([, seen]) => !seen.has(404)).map(([name]) => name)).toEqual([])
    expect(compared.size).toBeGreaterThan(12)
  }, 300_000)

  test('and so does a key', async () => {
    const draft = (method: string, path: string, noun: string): Draft => ({
      operation: { name: `${method} ${path}`, method, path, noun, body: undefined, query: [] },
      path: path.replace('{id}', `<<${noun}>>`),
      body: undefined,
    })
    for (const one of [
      draft('GET', '/v1/agents/{id}', 'agents'),
      draft('GET', '/v1/sessions/{id}/turns', 'sessions'),
    ]) {
      // The use of a key is written once a minute; the first request may be the one.
      await send(one, theirs, api.a.key)
      const { path: _theirs, ...first } = await send(one, theirs, api.a.key)
      const { path: _nobodys, ...second } = await send(one, nobodysIds(), api.a.key)
      expect(first).toEqual(second)
      expect(first.statements.some((sql) => sql.includes('tenant.api_keys'))).toBe(true)
    }
  })

  test('a thing of the own workspace is answered otherwise, or the comparison would prove nothing', async () => {
    const own = (await inhabit(api, api.a, 'aspen')).ids
    const operation = document.operations.find(({ name }) => name === 'GET /v1/sessions/{id}/turns')
    if (operation === undefined) throw new Error('no such route')
    const draft: Draft = { operation, path: '/v1/sessions/<<sessions>>/turns', body: undefined }
    const [found, missing] = [await send(draft, own), await send(draft, theirs)]
    expect([found.status, missing.status]).toEqual([200, 404])
    expect(found.statements.length).toBeGreaterThan(missing.statements.length)
  })
})

/** What of an answer must be equal: everything but the date, the request's id, and what is left of a budget. */
function comparable(answer: Answer) {
  const headers = [...answer.headers].filter(([name]) => !['date', 'x-request-id', 'ratelimit'].includes(name))
  return { status: answer.status, headers, text: answer.text.replaceAll(/req_[0-9a-z]{26}/g, 'req_') }
}
