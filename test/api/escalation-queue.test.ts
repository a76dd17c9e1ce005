/** The queue of those who wait, in its order, however many there were before. On a real database. */
import { decodeId, escalationSchema, pageSchema, type Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, openApi } from './api-harness.ts'
import { createdSession, publishedAgent } from './made-things.ts'
import { say } from './talk.ts'
import { TracedStatements } from './traced-statements.ts'

const traced = new TracedStatements()
let api: Api
beforeAll(async () => {
  api = await openApi({ wrapDatabase: (database) => traced.listen(database) })
  const rules = [2, 7, 7, 9, 2].map((priority, index) => ({
    name: `rule_${index}`,
    triggers: { phrases: [`please number ${'abcde'[index]}`] },
    priority,
  }))
  const agent = await publishedAgent(api.a, scriptedDocument({ policy: { escalation_rules: rules } }))
  for (const letter of 'abcde') await say(api, await createdSession(api.a, agent), `please number ${letter}`)
})
afterAll(() => api.close())

const pageSchemaOf = pageSchema(escalationSchema)
const list = async (query: string) => pageSchemaOf.parse((await api.a.call('GET', `/v1/escalations?${query}`)).body)

test('comes the most urgent first, then the oldest, page by page', async () => {
  const whole = (await list('limit=10')).data
  expect(whole.map(({ priority }) => priority)).toEqual([9, 7, 7, 2, 2])
  const ids = whole.map(({ id }) => id)
  const byPage: string[] = []
  let cursor: string | null = null
  do {
    const page: z.infer<typeof pageSchemaOf> = await list(`limit=2${cursor === null ? '' : `&cursor=${cursor}`}`)
    byPage.push(...page.data.map(({ id }) => id))
    cursor = page.next_cursor
  } while (cursor !== null)
  expect(byPage).toEqual(ids)
  expect([ids[1], ids[3]].map((id) => id ?? '')).toEqual([
    [ids[1] ?? '', ids[2] ?? ''].toSorted()[0],
    [ids[3] ?? '', ids[4] ?? ''].toSorted()[0],
  ])
})

const explainSchema = z.object({ 'QUERY PLAN': z.string() })

/** What the database does for a statement that the API has sent, where it may sort only if it must. */
async function planOf(query: string, values: readonly (Uuid | number)[]): Promise<string> {
  const { statements } = await traced.during(() => api.a.call('GET', `/v1/escalations?${query}`))
  const sent = statements.find((text) => text.includes('order by "priority"')) ?? ''
  const text = sent.replaceAll(/\$(\d+)/g, (_, place) => {
    const value = values[Number(place) - 1]
    return typeof value === 'number' ? String(value) : `'${value}'`
  })
  return api.installation.database.withWorkspace(api.a.scope, async (tx) => {
    for (const way of ['sort', 'incremental_sort', 'seqscan', 'bitmapscan'])
      await sql.raw(`set local enable_${way} = off`).execute(tx.db)
    const { rows } = await sql`explain ${sql.raw(text)}`.execute(tx.db)
    return rows.map((row) => explainSchema.parse(row)['QUERY PLAN']).join('\n')
  })
}

test('is not sorted as a whole for a page of it', async () => {
  const page = await list('limit=2')
  const id = decodeId('escalation', page.data[1]?.id ?? '')
  if (id === undefined) throw new Error('nobody waits')
  const first = await planOf('limit=2', [3])
  expect(first).toContain('escalations_by_urgency')
  expect(first).not.toContain('Sort')
  const next = await planOf(`limit=2&cursor=${page.next_cursor}`, [id, id, id, 3])
  expect(next).not.toContain('Sort')
  expect(next).toMatch(/Index Cond: .*priority <=/)
})
