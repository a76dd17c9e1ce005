/** Hostile files, names, forms, lengths and neighbours against the routes of knowledge, and the folder behind them. */
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { knowledgeSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { purgeEverywhere } from '../../packages/server/src/commands/purge-everywhere.ts'
import { scriptedDocument } from '../api/agent-documents.ts'
import { type Api, newId, openApi } from '../api/api-harness.ts'
import { createdSource, type KnowledgeWorker, openKnowledgeWorker, sendFile } from '../api/knowledge-worker.ts'
import { draftAgent } from '../api/made-things.ts'
import { refused } from '../api/talk.ts'
import { setLimits } from './set-limits.ts'

let api: Api
let worker: KnowledgeWorker
beforeAll(async () => {
  api = await openApi()
  worker = openKnowledgeWorker(api)
})
afterAll(() => api.close())

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const stored = async (): Promise<string[]> => readdir(api.objectsFolder, { recursive: true })
const read = async (id: string, from: 'a' | 'b' = 'a') =>
  knowledgeSchema.parse((await api[from].call('GET', `/v1/knowledge/${id}`)).body)

describe('a name', () => {
  test.each([
    '../../../etc/passwd.txt',
    '/etc/passwd.txt',
    '..\\..\\windows.txt',
    'C:\\boot.txt',
    '%2e%2e%2fx.txt',
    '.',
    '..',
    'con',
    '~root.txt',
    '$(touch x).txt',
    "'; drop table tenant.knowledge; --.txt",
    '<script>alert(1)</script>.txt',
    `${'a'.repeat(196)}.txt`,
  ])('%s is a label and becomes no path', async (name) => {
    const answer = await sendFile(api.a, `?name=${encodeURIComponent(name)}`, 'words')
    expect([answer.status, knowledgeSchema.parse(answer.body).name]).toEqual([201, name])
    for (const path of await stored())
      expect(path.split('/').map((part) => uuid.test(part))).toEqual(path.split('/').map(() => true))
  })

  test.each(['a%00.txt', 'a%0A.txt', 'a%E2%80%AE.txt', 'a%C2%85.txt', '%20', 'a'.repeat(201)])(
    '%s is refused',
    async (name) => {
      expect((await sendFile(api.a, `?name=${name}`, 'words')).status).toBe(422)
    },
  )
})

describe('a body', () => {
  /** An endless file that says how much of it was taken. */
  const endless = () => {
    let taken = 0
    const piece = new Uint8Array(64 * 1024).fill(97)
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          taken += piece.byteLength
          controller.enqueue(piece)
        },
      },
      { highWaterMark: 0 },
    )
    return { body, taken: () => taken }
  }
  const post = (path: string, body: ReadableStream<Uint8Array>, headers: Record<string, string>) =>
    Promise.resolve(
      api.app.request(
        new Request(`http://localhost${path}`, {
          method: 'POST',
          headers: { 'transfer-encoding': 'chunked', ...headers },
          body,
          // A stream as a body has to be announced so.
          ...{ duplex: 'half' },
        }),
        undefined,
        {},
      ),
    )

  test('without an end is read up to 20 MiB, and its connection is closed', async () => {
    const { body, taken } = endless()
    const before = await stored()
    const answer = await post('/v1/knowledge/files?name=a.txt', body, { authorization: `Bearer ${api.a.key}` })
    expect([answer.headers.get('connection'), await refused(answer)]).toEqual([
      'close',
      { status: 413, code: 'request.too_large' },
    ])
    expect(taken()).toBeLessThan(21 * 1024 * 1024)
    expect(await stored()).toEqual(before)
  })

  test.each([
    ['nobody', async () => ({}), 401],
    [
      'a key without the right',
      async () => ({ authorization: `Bearer ${await api.a.makeKey(['agents:write'])}` }),
      403,
    ],
    [
      'a key that may only read',
      async () => ({ authorization: `Bearer ${await api.a.makeKey(['knowledge:read'])}` }),
      403,
    ],
  ])('of %s is not read', async (_name, headersOf, status) => {
    const { body, taken } = endless()
    const answer = await post('/v1/knowledge/files?name=a.txt', body, await headersOf())
    expect([answer.status, taken()]).toEqual([status, 0])
  })

  test('of a file goes to the path of files only, in its one spelling', async () => {
    const headers = { authorization: `Bearer ${api.a.key}`, 'content-type': 'application/pdf' }
    for (const path of [
      '/v1/knowledge',
      '/v1/knowledge/',
      '/v1/knowledge/files/',

      '/v1/users',
    ]) {
      const { body, taken } = endless()
      const answer = await post(path, body, headers)
      expect([path, answer.status, taken()]).toEqual([path, 415, 0])
    }
  })

  test('that is packed is not unpacked', async () => {
    const answer = await sendFile(api.a, '?name=a.txt', 'words', { 'content-encoding': 'gzip' })
    expect([answer.status, answer.code()]).toEqual([415, 'request.media_type'])
  })

  test('has room only so often at once, and nobody takes the room of all', async () => {
    const held: ReadableStreamDefaultController<Uint8Array>[] = []
    const hold = (key: string) => {
      const body = new ReadableStream<Uint8Array>({ start: (controller) => void held.push(controller) })
      return post('/v1/knowledge/files?name=a.txt', body, { authorization: `Bearer ${key}` })
    }
    const theirs = [hold(api.a.key), hold(api.a.key)]
    await vi.waitFor(() => expect(held).toHaveLength(2), { timeout: 5_000 })
    const third = await hold(api.a.key)
    expect([third.headers.get('retry-after'), await refused(third)]).toEqual([
      '2',
      { status: 429, code: 'request.rate_limited' },
    ])
    expect((await sendFile(api.b, '?name=a.txt', 'words')).status).toBe(201)
    for (const controller of held) controller.close()
    for (const answer of await Promise.all(theirs)) expect(answer.status).toBe(422)
    expect((await sendFile(api.a, '?name=a.txt', 'words')).status).toBe(201)
  })
})

describe('a form', () => {
  test.each([
    ['of parts without end', `${'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'.repeat(200_000)}--b--`],
    ['of headers without end', `--b\r\n${'X-Header: x\r\n'.repeat(500_000)}\r\n\r\nx\r\n--b--`],
    [
      'of beginnings of its boundary',
      `--b\r\nContent-Disposition: form-data; filename="a.txt"\r\n\r\n${'\r\n--'.repeat(2_000_000)}`,
    ],
  ])('%s is refused at once', async (_name, body) => {
    const began = performance.now()
    const answer = await sendFile(api.a, '', body, { 'content-type': 'multipart/form-data; boundary=b' })
    expect([400, 422]).toContain(answer.status)
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  test.each(['', 'boundary=', 'boundary="', `boundary=${'b'.repeat(71)}`, 'boundary=b\u00e4', 'x=1'])(
    'with the boundary %j is refused',
    async (boundary) => {
      const type = `multipart/form-data; ${boundary}`
      const answer = await sendFile(api.a, '', '--b\r\n\r\nx\r\n--b--', { 'content-type': type })
      expect(answer.status).toBe(400)
    },
  )
})

describe('a file in the folder', () => {
  test('shows none of its words, and no name that anybody gave it', async () => {
    const { uuid: id } = await createdSource(api.a, { name: 'quiet name', text: 'unmistakable words', type: 'text' })
    const bytes = await readFile(join(api.objectsFolder, api.a.id, id))
    for (const words of ['unmistakable', 'quiet name']) expect(bytes.includes(words)).toBe(false)
  })

  test.each([
    ['of another workspace', async () => join(api.b.id, (await createdSource(api.b, { text: 'theirs' })).uuid)],
    ['of another source', async () => join(api.a.id, (await createdSource(api.a, { text: 'other' })).uuid)],
  ])('that was replaced by one %s is not read', async (_name, otherOf) => {
    const own = await createdSource(api.a)
    await copyFile(join(api.objectsFolder, await otherOf()), join(api.objectsFolder, api.a.id, own.uuid))
    await worker.read()
    expect(await read(own.id)).toMatchObject({ state: 'failed', error: { code: 'knowledge.file_missing' } })
  })

  test('that was cut, altered or removed is said to be missing, and what was found before stays', async () => {
    for (const change of [
      (path: string) => writeFile(path, ''),
      async (path: string) =>
        writeFile(
          path,
          (await readFile(path)).map((byte, at) => (at === 100 ? byte ^ 1 : byte)),
        ),
      (path: string) => rm(path),
    ]) {
      const own = await createdSource(api.a)
      await worker.read()
      const { chunk_count: chunks } = await read(own.id)
      await change(join(api.objectsFolder, api.a.id, own.uuid))
      await api.a.call('POST', `/v1/knowledge/${own.id}/reprocess`)
      await worker.read()
      const after = await read(own.id)
      expect(after).toMatchObject({ state: 'failed', chunk_count: chunks, error: { code: 'knowledge.file_missing' } })
    }
  })
})

describe('a request that was killed', () => {
  test('after its file lay there and before its row came leaves a file that is swept, when nobody can want it any more', async () => {
    const kept = await createdSource(api.a)
    const before = await stored()
    const { objects } = api.installation
    const orphan = { workspaceId: api.a.id, objectId: newId() }
    const bytes = await objects.get({ ...orphan, objectId: kept.uuid })
    if (bytes === undefined) throw new Error('no file of a source')
    await copyFile(join(api.objectsFolder, api.a.id, kept.uuid), join(api.objectsFolder, api.a.id, orphan.objectId))
    await writeFile(join(api.objectsFolder, api.a.id, `${newId()}.0123456789abcdef.new`), 'half of a file')
    expect(await worker.sweep(api.a.scope)).toBe(0)
    api.pass(2 * 60 * 60 * 1000)
    expect(await worker.sweep(api.b.scope)).toBe(0)
    expect(await worker.sweep(api.a.scope)).toBe(2)
    expect((await stored()).sort()).toEqual(before.sort())
  })

  test('is swept in every workspace, whatever somebody has put into the folder of one', async () => {
    const [own] = [await createdSource(api.a), await createdSource(api.b)]
    const orphans = [api.a, api.b].map(({ id }) => join(api.objectsFolder, id, newId()))
    for (const path of orphans) await copyFile(join(api.objectsFolder, api.a.id, own.uuid), path)
    const inTheWay = [api.a, api.b].map(({ id }) => join(api.objectsFolder, id, newId()))
    for (const path of inTheWay) await mkdir(path)
    api.pass(2 * 60 * 60 * 1000)
    const failures = new Set<unknown>()
    const { installation, clock } = api
    await purgeEverywhere({ installation, clock, newId, onError: (_error, workspaceId) => failures.add(workspaceId) })
    expect(failures).toEqual(new Set([api.a.id, api.b.id]))
    expect(orphans.map((path) => existsSync(path))).toEqual([false, false])
    for (const path of inTheWay) await rm(path, { recursive: true })
  })

  test('between file and rows of a deletion leaves a source that is deleted by the next try', async () => {
    const own = await createdSource(api.a)
    await worker.read()
    await api.installation.objects.delete({ workspaceId: api.a.id, objectId: own.uuid })
    expect((await api.a.call('DELETE', `/v1/knowledge/${own.id}`)).status).toBe(204)
    expect(await api.ask('select 1 from tenant.knowledge where id = $1', [own.uuid])).toEqual([])
  })
})

describe('a quota', () => {
  test('of sources and of bytes is kept by those who come at once, with the numbers', async () => {
    const [has] = await api.ask<{ sources: number; bytes: number }>(
      'select count(*)::int as sources, sum(byte_count)::int as bytes from tenant.knowledge where workspace_id = $1',
      [api.b.id],
    )
    const { sources, bytes } = has ?? { sources: 0, bytes: 0 }
    await setLimits(api, api.b, { knowledge_sources: sources + 2 })
    const before = await stored()
    const answers = await Promise.all(Array.from({ length: 6 }, () => sendFile(api.b, '?name=a.txt', 'words')))
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
      201, 201, 409, 409, 409, 409,
    ])
    const [late] = answers.filter(({ status }) => status === 409)
    expect([late?.code(), late?.text]).toEqual([
      'knowledge.too_many_sources',
      expect.stringContaining(`has ${sources + 2} sources and may have ${sources + 2}`),
    ])
    // What was refused has left no file.
    expect((await stored()).length).toBe(before.length + 2)
    await setLimits(api, api.b, { knowledge_sources: 1_000, knowledge_bytes: bytes + 10 + 5 })
    expect((await sendFile(api.b, '?name=a.txt', 'words!')).code()).toBe('knowledge.too_many_bytes')
    expect((await sendFile(api.b, '?name=a.txt', 'words')).status).toBe(201)
    await setLimits(api, api.b, { knowledge_bytes: 1_000_000 })
  })

  test('of passages fails what would pass it, and keeps what was found before', async () => {
    const small = await createdSource(api.b)
    await worker.read()
    const [has] = await api.ask<{ chunks: number }>(
      'select sum(chunk_count)::int as chunks from tenant.knowledge where workspace_id = $1',
      [api.b.id],
    )
    await setLimits(api, api.b, { knowledge_chunks: (has?.chunks ?? 0) + 1 })
    const text = Array.from({ length: 4 }, (_, part) => `# Part ${part}\n\n${'Words. '.repeat(150)}`).join('\n\n')
    const large = await createdSource(api.b, { text })
    await api.b.call('POST', `/v1/knowledge/${small.id}/reprocess`)
    await worker.read()
    expect(await read(large.id, 'b')).toMatchObject({
      state: 'failed',
      error: { code: 'knowledge.too_many_chunks', detail: expect.stringContaining('knowledge_chunks') },
    })
    expect(await read(small.id, 'b')).toMatchObject({ state: 'ready', revision: 2 })
  })
})

describe('a key for some agents', () => {
  test('gives its agent no document that it did not have', async () => {
    const [own, other] = [await createdSource(api.a), await createdSource(api.a)]
    const document = (sources: string[]) => scriptedDocument({ knowledge: { sources, max_chunks: 4 } })
    const agent = await draftAgent(api.a, document([own.id]))
    const credential = await api.a.makeKey(['agents:write'], { agents: [agent.uuid] })
    const patch = (sources: string[]) =>
      api.a.call('PATCH', `/v1/agents/${agent.id}`, { credential, body: { document: document(sources) } })
    const answer = await patch([own.id, other.id])
    expect([answer.status, answer.code(), answer.pointers()]).toEqual([
      409,
      'knowledge.missing',
      ['/document/knowledge/sources/1'],
    ])
    expect((await patch([own.id])).status).toBe(200)
  })
})
