/**
 * No check of the application is needed to keep workspaces apart (data-boundary 1): the whole API runs on stores that have
 * forgotten every comparison of a workspace, every condition at all, or whose rows they write. What comes back is often
 * wrong; nothing of the other workspace comes back, and nothing there has changed.
 */
import type { Uuid } from '@hyponema/contract'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { type Api, openApi } from './api-harness.ts'
import { type CarelessDatabase, type Carelessness, carelessDatabase } from './careless-database.ts'
import { contentOf } from './content-of.ts'
import { type Draft, operationArbitrary, withIds } from './operation-arbitrary.ts'
import { type ApiDocument, readOperations } from './read-operations.ts'
import { type Ids, type Inhabited, inhabit } from './two-workspaces.ts'

/** With three times as many nothing else was reached. */
const runsEach = 8

describe('stores that forgot', () => {
  let api: Api | undefined
  afterEach(async () => {
    await api?.close()
    api = undefined
  })

  /** Careful while the two workspaces are furnished, careless from `begin` on. */
  async function furnish(how: Carelessness) {
    const careless: { doors?: CarelessDatabase; on: boolean } = { on: false }
    const opened = await openApi({
      wrapDatabase: (database) => {
        const doors = carelessDatabase(database, how)
        careless.doors = doors
        return {
          ...doors.database,
          withWorkspace: (scope, work) => (careless.on ? doors.database : database).withWorkspace(scope, work),
        }
      },
    })
    api = opened
    const [own, theirs] = [await inhabit(opened, opened.a, 'alder'), await inhabit(opened, opened.b, 'birch')]
    const document = await readOperations(opened)
    return {
      api: opened,
      own,
      theirs,
      document,
      changed: () => careless.doors?.changed() ?? 0,
      begin: () => {
        careless.on = true
      },
    }
  }

  test.each<Carelessness>([{ forgets: 'the workspace' }, { forgets: 'every condition' }])(
    '$forgets: no request of one workspace shows or changes anything of the other',
    async (how) => {
      const { api: opened, own, theirs, document, changed, begin } = await furnish(how)
      const before = await contentOf(opened, opened.b.id)
      begin()
      const statuses = await askEverything(opened, document, [own.ids, theirs.ids], theirs)
      expect(await contentOf(opened, opened.b.id)).toEqual(before)
      // It was reached at all: requests succeeded, and conditions were taken away where there are some.
      expect(statuses.get(200) ?? 0).toBeGreaterThan(document.operations.length)
      if (how.forgets === 'every condition') expect(changed()).toBeGreaterThan(200)
    },
    300_000,
  )

  test('the same requests show the other workspace as soon as the database lets them', async () => {
    const { api: opened, own, theirs, document, begin } = await furnish({ forgets: 'every condition' })
    await opened.ask('alter table tenant.agents disable row level security')
    begin()
    await expect(askEverything(opened, document, [own.ids], theirs)).rejects.toThrow('Property failed')
  }, 300_000)

  test('whose rows these are: nothing can be written into the other workspace', async () => {
    const into: { id?: Uuid } = {}
    const how: Carelessness = {
      forgets: 'whose rows these are',
      writesInto: () => {
        if (into.id === undefined) throw new Error('nothing to write into')
        return into.id
      },
    }
    const { api: opened, own, theirs, document, changed, begin } = await furnish(how)
    into.id = opened.b.id
    const before = await contentOf(opened, opened.b.id)
    begin()
    const statuses = await askEverything(opened, document, [own.ids], theirs)
    expect(await contentOf(opened, opened.b.id)).toEqual(before)
    expect(changed()).toBeGreaterThan(50)
    // Every change writes an audit event, so none can have been done.
    expect(statuses.get(201) ?? 0).toBe(0)
    expect(statuses.get(500) ?? 0).toBeGreaterThan(0)
  }, 300_000)
})

/**
 * Sends requests for every operation, first with the caller's own ids and then with the others, and looks for the other
 * workspace in each answer. What the caller has sent itself may come back, from its own log too.
 */
async function askEverything(
  api: Api,
  document: ApiDocument,
  choices: readonly Ids[],
  theirs: Inhabited,
): Promise<ReadonlyMap<number, number>> {
  const statuses = new Map<number, number>()
  const operator = await api.a.makeOperatorToken()
  const unsaid = new Set(theirs.marks)
  const ask = async (draft: Draft, ids: Ids): Promise<void> => {
    const { path, body } = withIds(draft, ids)
    const asked = `${path} ${JSON.stringify(body) ?? ''}`
    for (const mark of unsaid) if (asked.includes(mark)) unsaid.delete(mark)
    const answer = await api.a.call(draft.operation.method, path, { body, credential: operator })
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    expect([draft.operation.name, [...unsaid].filter((mark) => answer.text.includes(mark))]).toEqual([
      draft.operation.name,
      [],
    ])
  }
  for (const ids of choices) {
    for (const operation of document.operations) {
      await fc.assert(
        fc.asyncProperty(operationArbitrary(operation, document), (draft) => ask(draft, ids)),
        { numRuns: runsEach },
      )
    }
  }
  // The words and the workspace itself were never said.
  expect(unsaid.size).toBeGreaterThanOrEqual(3)
  return statuses
}
