/** The worker that reads sources: killed, cut, outrun, failing and unfair, and each source comes to one end all the same. */
import { encodeId, knowledgeSchema, type Uuid } from '@hyponema/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { AppError } from '../../packages/server/src/kernel/app-error.ts'
import { parseDocument } from '../../packages/server/src/platform/documents/parse-document.ts'
import type { WithWorkspace } from '../../packages/server/src/platform/postgres/with-workspace.ts'
import { type Api, type ApiWorkspace, newId, openApi } from './api-harness.ts'
import { createdSource, type KnowledgeWorker, openKnowledgeWorker } from './knowledge-worker.ts'

type Parse = typeof parseDocument

let api: Api
let worker: KnowledgeWorker
beforeAll(async () => {
  api = await openApi()
  worker = openKnowledgeWorker(api)
})
afterAll(() => api.close())
afterEach(async () => {
  worker.throwFailures()
  await api.ask('delete from tenant.knowledge')
  await api.ask("delete from app.dispatch where kind = 'knowledge'")
})

const waitLong = { timeout: 15_000, interval: 20 }
const read = async (id: string, workspace: ApiWorkspace = api.a) =>
  knowledgeSchema.parse((await workspace.call('GET', `/v1/knowledge/${id}`)).body)
const attemptsOf = async (uuid: Uuid) =>
  (await api.ask<{ attempts: number }>('select attempts from tenant.knowledge where id = $1', [uuid]))[0]?.attempts
const rowsOf = async (uuid: Uuid) =>
  (
    await api.ask<{ chunks: number; indexed: number; revisions: number }>(
      `select count(*)::int as chunks, count(distinct c.revision)::int as revisions,
         (select count(*)::int from tenant.knowledge_index i where i.knowledge_id = $1) as indexed
       from tenant.knowledge_chunks c where c.knowledge_id = $1`,
      [uuid],
    )
  )[0]
const makeDue = () => api.ask("update app.dispatch set due_at = now() - interval '1 second' where kind = 'knowledge'")

/** Some 250 passages: three batches. */
const longText = Array.from({ length: 250 }, (_, index) => `# Part ${index}\n\n${'Words of it. '.repeat(50)}`).join(
  '\n\n',
)

/** A process that is killed in its n-th transaction, after or before that has committed: it does nothing any more. */
function killedIn(nth: number, when: 'before' | 'after'): { withWorkspace: WithWorkspace; killed: Promise<void> } {
  const usual = api.installation.database.workerWithWorkspace
  const killed = Promise.withResolvers<void>()
  const forEver = new Promise<never>(() => undefined)
  let count = 0
  return {
    killed: killed.promise,
    withWorkspace: async (scope, work) => {
      count += 1
      if (count > nth) return forEver
      if (count < nth) return usual(scope, work)
      if (when === 'after') await usual(scope, work)
      killed.resolve()
      return forEver
    },
  }
}

describe('a worker that was killed', () => {
  // 1 claims, 2 opens the file, 3 asks for room, 4 to 6 write, 7 swaps. Signs of life are off, so that they do not count.
  test.each([1, 2, 3, 4, 5, 6, 7].flatMap((nth) => [[nth, 'before'] as const, [nth, 'after'] as const]))(
    'in its transaction %i, %s it committed, is followed by one that reads all of it once',
    async (nth, when) => {
      const { id, uuid } = await createdSource(api.a, { text: longText })
      await makeDue()
      const { killed, ...dying } = killedIn(nth, when)
      const dead = worker.another({ ...dying, reportMs: 60_000 })
      void dead.runOnce()
      await killed
      const isDone = nth === 7 && when === 'after'
      expect((await read(id)).state).toBe(isDone ? 'ready' : nth === 1 && when === 'before' ? 'queued' : 'processing')
      await worker.read()
      const source = await read(id)
      expect(source).toMatchObject({ state: 'ready', revision: 1 })
      expect(source.chunk_count).toBeGreaterThan(200)
      const { chunk_count: chunks } = source
      expect(await rowsOf(uuid)).toEqual({ chunks, indexed: chunks, revisions: 1 })
      expect(await api.ask("select 1 from app.dispatch where kind = 'knowledge'")).toEqual([])
    },
  )

  test('holds its source for a minute and no longer, as the queue sees it', async () => {
    const { uuid } = await createdSource(api.a)
    const { killed, ...dying } = killedIn(2, 'before')
    void worker.another({ ...dying, reportMs: 60_000 }).runOnce()
    await killed
    const [row] = await api.ask<{ seconds: number }>(
      'select extract(epoch from due_at - now())::float as seconds from app.dispatch where ref = $1',
      [uuid],
    )
    expect(row?.seconds).toBeGreaterThan(50)
    expect(row?.seconds).toBeLessThanOrEqual(60)
  })

  test('three times by one source ends in a failure that says so, and not in a circle', async () => {
    const { id, uuid } = await createdSource(api.a)
    for (let time = 1; time <= 3; time += 1) {
      const reached = Promise.withResolvers<void>()
      const parse: Parse = () => {
        reached.resolve()
        return new Promise(() => undefined)
      }
      await makeDue()
      void worker.another({ parse, reportMs: 60_000 }).runOnce()
      await reached.promise
      expect(await attemptsOf(uuid)).toBe(time)
    }
    await worker.read()
    expect(await read(id)).toMatchObject({ state: 'failed', error: { code: 'knowledge.interrupted' } })
    expect(await api.ask("select 1 from app.dispatch where kind = 'knowledge'")).toEqual([])
    // A person may want it once more.
    await api.a.call('POST', `/v1/knowledge/${id}/reprocess`)
    await worker.read()
    expect(await read(id)).toMatchObject({ state: 'ready', error: null })
  })

  test('while it read a source again leaves what there was', async () => {
    const { id, uuid } = await createdSource(api.a)
    await worker.read()
    const before = await rowsOf(uuid)
    await api.a.call('POST', `/v1/knowledge/${id}/reprocess`)
    await makeDue()
    const { killed, ...dying } = killedIn(4, 'after')
    void worker.another({ ...dying, reportMs: 60_000 }).runOnce()
    await killed
    expect(await read(id)).toMatchObject({ state: 'processing', revision: 1, chunk_count: before?.chunks })
    const chunks = await api.a.call('GET', `/v1/knowledge/${id}/chunks`)
    expect(chunks.body).toMatchObject({ data: { length: before?.chunks } })
    await worker.read()
    expect(await read(id)).toMatchObject({ state: 'ready', revision: 2 })
    expect(await rowsOf(uuid)).toEqual(before)
  })
})

describe('a worker that was outrun', () => {
  test('writes nothing of what it has read, and takes nothing away', async () => {
    const { id, uuid } = await createdSource(api.a, { text: longText })
    await makeDue()
    const reached = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const parse: Parse = async (document, options) => {
      reached.resolve()
      await goOn.promise
      return parseDocument(document, { ...options, signal: new AbortController().signal })
    }
    const slow = worker.another({ parse, reportMs: 60_000 })
    const late = slow.runOnce()
    await reached.promise
    await worker.read()
    const before = await rowsOf(uuid)
    goOn.resolve()
    await late
    expect(await rowsOf(uuid)).toEqual(before)
    expect(await read(id)).toMatchObject({ state: 'ready', revision: 1 })
  })

  test('hears of it by its next sign of life, and stops reading', async () => {
    const { id } = await createdSource(api.a)
    await makeDue()
    const aborted = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    const parse: Parse = (_document, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted.resolve()
          reject(new Error('cut'))
        })
        reached.resolve()
      })
    const slow = worker.another({ parse, reportMs: 20 }).runOnce()
    await reached.promise
    await api.a.call('DELETE', `/v1/knowledge/${id}`)
    await aborted.promise
    await slow
  })
})

describe('while a source is read', () => {
  test('it says how far it is, and is held', async () => {
    const { id, uuid } = await createdSource(api.a)
    await makeDue()
    const goOn = Promise.withResolvers<void>()
    const parse: Parse = async (document, options) => {
      options.onProgress(3, 7)
      await goOn.promise
      return parseDocument(document, options)
    }
    const reading = worker.another({ parse, reportMs: 20 }).runOnce()
    await vi.waitFor(async () => expect((await read(id)).progress).toEqual({ done: 3, total: 7 }), waitLong)
    const due = "select 1 from app.dispatch where ref = $1 and due_at > now() + interval '50 seconds'"
    expect(await api.ask(due, [uuid])).toHaveLength(1)
    goOn.resolve()
    await reading
    expect(await read(id)).toMatchObject({ state: 'ready', progress: null })
  })

  test('a stop waits a little, cuts, and the try does not count', async () => {
    const { id, uuid } = await createdSource(api.a)
    await makeDue()
    const reached = Promise.withResolvers<void>()
    const parse: Parse = (_document, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('cut')))
        reached.resolve()
      })
    const stopped = worker.another({ parse, stopGraceMs: 30 })
    stopped.start()
    await reached.promise
    await stopped.stop()
    expect([(await read(id)).state, await attemptsOf(uuid)]).toEqual(['queued', 0])
    const due = 'select 1 from app.dispatch where ref = $1 and due_at < now()'
    expect(await api.ask(due, [uuid])).toHaveLength(1)
    await worker.read()
    expect((await read(id)).state).toBe('ready')
  })
})

describe('a failure', () => {
  const failing = (error: () => Error): Parse => {
    return async () => {
      throw error()
    }
  }

  test('of a document is the end of it at once, in the words of its reader', async () => {
    const { id, uuid } = await createdSource(api.a)
    const parse = failing(() => new AppError('knowledge.encrypted', 'Send a copy without a password.'))
    await worker.read(worker.another({ parse }))
    expect(await read(id)).toMatchObject({
      state: 'failed',
      error: { code: 'knowledge.encrypted', detail: 'Send a copy without a password.' },
    })
    expect(await attemptsOf(uuid)).toBe(1)
  })

  test.each(['knowledge.timeout', 'knowledge.memory'] as const)(
    '%s is tried three times, later each time',
    async (code) => {
      const { id, uuid } = await createdSource(api.a)
      const one = worker.another({ parse: failing(() => new AppError(code, 'Split it.')) })
      for (const [time, least] of [
        [1, 4],
        [2, 55],
      ] as const) {
        await makeDue()
        await one.runOnce()
        expect([(await read(id)).state, await attemptsOf(uuid)]).toEqual(['queued', time])
        const due = 'select 1 from app.dispatch where ref = $1 and due_at > now() + make_interval(secs => $2)'
        expect(await api.ask(due, [uuid, least])).toHaveLength(1)
      }
      await makeDue()
      await one.runOnce()
      expect(await read(id)).toMatchObject({ state: 'failed', error: { code, detail: 'Split it.' } })
    },
  )

  test('of ours is told to the log each time, is tried again, and says nothing of itself', async () => {
    const { id } = await createdSource(api.a)
    const parse = failing(() => new Error('secret words of a library'))
    await worker.read(worker.another({ parse }))
    const source = await read(id)
    expect(source).toMatchObject({ state: 'failed', error: { code: 'knowledge.interrupted' } })
    expect(JSON.stringify(source)).not.toContain('secret words')
    expect(worker.failures()).toHaveLength(3)
  })

  test('of a source that was read before leaves what agents find', async () => {
    const { id, uuid } = await createdSource(api.a)
    await worker.read()
    const before = await rowsOf(uuid)
    await api.a.call('POST', `/v1/knowledge/${id}/reprocess`)
    await worker.read(worker.another({ parse: failing(() => new AppError('knowledge.unreadable', 'Save it anew.')) }))
    expect(await read(id)).toMatchObject({ state: 'failed', revision: 1, chunk_count: before?.chunks })
    expect(await rowsOf(uuid)).toEqual(before)
  })
})

describe('the worker', () => {
  test('reads two at once, one of a workspace, so that nobody waits behind all of another', async () => {
    for (let index = 0; index < 4; index += 1) await createdSource(api.a, { name: `a${index}` })
    const theirs = await createdSource(api.b)
    await makeDue()
    let running = 0
    let most = 0
    const parse: Parse = async (document, options) => {
      running += 1
      most = Math.max(most, running)
      const parsed = await parseDocument(document, options)
      running -= 1
      return parsed
    }
    const one = worker.another({ parse })
    await one.runOnce()
    expect((await read(theirs.id, api.b)).state).toBe('ready')
    expect(most).toBeLessThanOrEqual(2)
    await worker.read(one)
    const states = await api.ask<{ state: string }>('select distinct state from tenant.knowledge')
    expect(states).toEqual([{ state: 'ready' }])
  })

  test('serves a small tenant soon, however much two others have queued before and queue meanwhile', async () => {
    const small = await api.makeWorkspace()
    for (const greedy of [api.a, api.b])
      for (let index = 0; index < 6; index += 1) await createdSource(greedy, { text: `greedy ${index}` })
    const theirs = await createdSource(small, { text: 'small' })
    const order: string[] = []
    const parse: Parse = async (document, options) => {
      order.push(Buffer.from(document.bytes).toString('utf8').split(' ')[0] ?? '')
      return parseDocument(document, options)
    }
    const one = worker.another({ parse, pollMs: 20 })
    one.start()
    await vi.waitFor(async () => expect((await read(theirs.id, small)).state).toBe('ready'), waitLong)
    await one.stop()
    // Two of each at most: those that were begun before anybody saw it, and those that were on their way then.
    expect(order.indexOf('small')).toBeLessThan(4)
  })

  test('keeps what it reads though its clock and that of its neighbour are minutes behind that of the database', async () => {
    const { id, uuid } = await createdSource(api.a)
    const clock = { nowMs: () => api.clock.nowMs() - 4 * 60_000 }
    const isReading = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const parse: Parse = async (document, options) => {
      isReading.resolve()
      await goOn.promise
      return parseDocument(document, options)
    }
    const [one, other] = [worker.another({ parse, clock }), worker.another({ clock })]
    one.start()
    await isReading.promise
    expect(await other.runOnce()).toBe(0)
    goOn.resolve()
    await vi.waitFor(async () => expect((await read(id)).state).toBe('ready'), waitLong)
    await one.stop()
    expect(await attemptsOf(uuid)).toBe(1)
  })

  test('does nothing by a wake-up alone: for what is ready, failed, gone or never was', async () => {
    const [ready, failed] = [await createdSource(api.a), await createdSource(api.a, { text: ' ', type: 'text' })]
    await worker.read()
    const before = await api.ask('select * from tenant.knowledge order by id')
    await api.installation.database.workerWithWorkspace(api.a.scope, async (tx) => {
      for (const ref of [ready.uuid, failed.uuid, newId()]) await tx.dispatchPut('knowledge', ref, new Date(0))
    })
    await api.installation.database.workerWithWorkspace(api.b.scope, (tx) =>
      tx.dispatchPut('knowledge', ready.uuid, new Date(0)),
    )
    await worker.read()
    expect(await api.ask('select * from tenant.knowledge order by id')).toEqual(before)
    expect(await api.ask("select 1 from app.dispatch where kind = 'knowledge'")).toEqual([])
    expect(encodeId('knowledge', ready.uuid)).toBe(ready.id)
  })
})
