/** Sources of knowledge: taken in, read in the background, looked at, read again, deleted with everything that came of them. */
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { encodeId, knowledgeChunkSchema, knowledgeSchema, pageSchema } from '@hyponema/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import type { Answer } from './call-api.ts'
import { createdSource, type KnowledgeWorker, openKnowledgeWorker, sendFile } from './knowledge-worker.ts'
import { tablesThatHold } from './tables-that-hold.ts'

let api: Api
let worker: KnowledgeWorker
beforeAll(async () => {
  api = await openApi()
  worker = openKnowledgeWorker(api)
})
afterAll(() => api.close())
afterEach(() => worker.throwFailures())

const chunkPageSchema = pageSchema(knowledgeChunkSchema)
const sourceOf = (answer: Answer) => knowledgeSchema.parse(answer.body)
const read = async (id: string) => sourceOf(await api.a.call('GET', `/v1/knowledge/${id}`))
const chunksOf = async (id: string, query = '') =>
  chunkPageSchema.parse((await api.a.call('GET', `/v1/knowledge/${id}/chunks${query}`)).body)

describe('a text', () => {
  test('is taken in, waits, is read by the worker and can be looked at as agents find it', async () => {
    const text = 'The clinic opens at eight.\n\nParking is behind the house.'
    const made = await api.a.call('POST', '/v1/knowledge', {
      body: { name: '  Handbook ', text, language: 'en' },
    })
    expect(made.status).toBe(201)
    const source = sourceOf(made)
    expect(source).toMatchObject({
      name: 'Handbook',
      source_type: 'inline',
      media_type: 'text/plain',
      language: 'en',
      byte_count: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
      state: 'queued',
      progress: null,
      error: null,
      chunk_count: 0,
      revision: 0,
      processed_at: null,
    })
    expect((await chunksOf(source.id)).data).toEqual([])
    await worker.read()
    const done = await read(source.id)
    expect(done).toMatchObject({ state: 'ready', progress: null, error: null, revision: 1 })
    const { data, next_cursor: next } = await chunksOf(source.id)
    expect(done.chunk_count).toBe(data.length)
    expect(done.character_count).toBe(data.reduce((sum, chunk) => sum + chunk.character_count, 0))
    expect(data.map((chunk) => chunk.text).join(' ')).toContain('Parking is behind the house.')
    expect([data.map(({ position }) => position), next]).toEqual([data.map((_, index) => index), null])
  })

  test('is listed by the page, passages in the order of the document', async () => {
    const paragraph = (index: number) => `Paragraph ${index}. ${'Words that fill it up to its size. '.repeat(30)}`
    const text = Array.from({ length: 9 }, (_, index) => paragraph(index)).join('\n\n')
    const { id } = await createdSource(api.a, { text, type: 'text' })
    await worker.read()
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: Awaited<ReturnType<typeof chunksOf>> = await chunksOf(id, `?limit=2${cursor && `&cursor=${cursor}`}`)
      seen.push(...page.data.map((chunk) => chunk.text))
      cursor = page.next_cursor
    }
    expect(seen.length).toBe((await read(id)).chunk_count)
    const order = [...seen.join('\n').matchAll(/Paragraph (\d)\./g)].map((match) => Number(match[1]))
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    const other = await api.a.call('GET', `/v1/knowledge/${id}/chunks?cursor=${cursorOf(newId())}`)
    expect([other.status, other.pointers()]).toEqual([422, ['/cursor']])
  })

  test.each([
    [{ name: '' }, ['/name']],
    [{ name: 'x'.repeat(201) }, ['/name']],
    [{ name: 'hand\u202Ebook' }, ['/name']],
    [{ name: 'hand\nbook' }, ['/name']],
    [{ text: '' }, ['/text']],
    [{ type: 'pdf' }, ['/type']],
    [{ language: 'english' }, ['/language']],
    [{ url: 'https://example.com' }, ['/url']],
  ])('is refused where a field is wrong: %o', async (change, pointers) => {
    const body = { name: 'x', text: 'words', ...change }
    const answer = await api.a.call('POST', '/v1/knowledge', { body })
    expect([answer.status, answer.code(), answer.pointers()]).toEqual([422, 'request.invalid', pointers])
  })

  test('that has no words is refused in the end, with what to do', async () => {
    const { id } = await createdSource(api.a, { text: ' \n\n ', type: 'text' })
    await worker.read()
    expect(await read(id)).toMatchObject({
      state: 'failed',
      chunk_count: 0,
      error: { code: 'knowledge.empty', title: expect.any(String), detail: expect.stringMatching(/\w/) },
    })
  })
})

describe('a file', () => {
  test('is its bytes, whatever its media type says, and its name stands in the query', async () => {
    for (const type of ['application/octet-stream', 'application/x-www-form-urlencoded', 'text/plain', 'made/up']) {
      const answer = await sendFile(api.a, '?name=hours.txt&language=de', 'Wir öffnen um acht.', {
        'content-type': type,
      })
      expect([answer.status, sourceOf(answer)]).toMatchObject([
        201,
        { name: 'hours.txt', source_type: 'file', media_type: 'text/plain', language: 'de', byte_count: 20 },
      ])
    }
  })

  test('may come in a form, which names it', async () => {
    const form = (file: string, content: string) =>
      `--xyz\r\nContent-Disposition: form-data; name="file"; filename="${file}"\r\nContent-Type: text/markdown\r\n\r\n${content}\r\n--xyz--\r\n`
    const headers = { 'content-type': 'multipart/form-data; boundary=xyz' }
    const content = '# Title\r\n\r\n--xy is no boundary\r\n'
    const answer = await sendFile(api.a, '', form('hours.md', content), headers)
    expect([answer.status, sourceOf(answer)]).toMatchObject([
      201,
      { name: 'hours.md', media_type: 'text/markdown', byte_count: content.length },
    ])
    const named = await sendFile(api.a, '?name=other.md', form('hours.md', 'x'), headers)
    expect(sourceOf(named).name).toBe('other.md')
    const twice = form('a.md', 'x').replace('--xyz--\r\n', form('b.md', 'y'))
    const field = '--xyz\r\nContent-Disposition: form-data; name="name"\r\n\r\nx\r\n--xyz--\r\n'
    for (const [body, status, code] of [
      [twice, 422, 'request.invalid'],
      [field, 422, 'request.invalid'],
      [form('', 'x'), 422, 'request.invalid'],
      [form('a\u202Eb.md', 'x'), 422, 'request.invalid'],
      ['--xyz\r\n', 400, 'request.malformed'],
      ['no form', 400, 'request.malformed'],
      [form('a.md', 'x').replace('\r\n--xyz--\r\n', ''), 400, 'request.malformed'],
    ] as const) {
      const refused = await sendFile(api.a, '', body, headers)
      expect([body, refused.status, refused.code()]).toEqual([body, status, code])
    }
  })

  test('needs a name, and no other word in its query', async () => {
    expect((await sendFile(api.a, '', 'words')).pointers()).toEqual(['/name'])
    expect((await sendFile(api.a, '?name=a.txt&folder=x', 'words')).status).toBe(422)
    expect((await sendFile(api.a, '?name=a.txt&language=english', 'words')).pointers()).toEqual(['/language'])
  })

  test.each([
    ['of a type that is not read', '?name=a.png', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'knowledge.type_unsupported'],
    ['that is another than its name says', '?name=a.pdf', 'plain words', 'knowledge.type_mismatch'],
    ['that is empty', '?name=a.txt', '', 'knowledge.empty'],
  ])('%s is refused in the request, with what to send, and nothing of it is kept', async (_name, query, text, code) => {
    const before = await storedFiles()
    const answer = await sendFile(api.a, query, Buffer.from(text, 'latin1'))
    expect([answer.status, answer.code(), answer.pointers()]).toEqual([422, code, ['']])
    expect(answer.text).toMatch(/send|empty/i)
    expect(await storedFiles()).toEqual(before)
  })

  test('that is sent where a text goes is told where files go', async () => {
    const refused = await api.a.call('POST', '/v1/knowledge', {
      rawBody: '%PDF-',
      headers: { 'content-type': 'application/pdf' },
    })
    expect([refused.status, refused.code()]).toEqual([415, 'request.media_type'])
    expect(refused.text).toContain('a file is sent to /v1/knowledge/files')
  })

  test('of the largest size is taken, and one byte more is not', async () => {
    const most = 20 * 1024 * 1024
    const bytes = Buffer.alloc(most + 1, 'words and more words. ')
    const answer = await sendFile(api.a, '?name=large.txt', bytes.subarray(0, most))
    expect([answer.status, sourceOf(answer).byte_count]).toEqual([201, most])
    const refused = await sendFile(api.a, '?name=large.txt', bytes)
    expect([refused.status, refused.code()]).toEqual([413, 'request.too_large'])
    await api.a.call('DELETE', `/v1/knowledge/${sourceOf(answer).id}`)
  })
})

describe('a repeat under an idempotency key', () => {
  test('makes one source, keeps one file, and is another request with other bytes', async () => {
    const headers = { 'idempotency-key': 'file-1' }
    const before = await storedFiles()
    const [one, two] = [
      await sendFile(api.a, '?name=a.txt', 'words', headers),
      await sendFile(api.a, '?name=a.txt', 'words', headers),
    ]
    expect([one.status, two.status, sourceOf(two).id]).toEqual([201, 201, sourceOf(one).id])
    expect((await storedFiles()).length - before.length).toBe(1)
    const other = await sendFile(api.a, '?name=a.txt', 'other words', headers)
    expect([other.status, other.code()]).toEqual([409, 'idempotency.mismatch'])
    expect((await storedFiles()).length - before.length).toBe(1)
  })
})

describe('a source', () => {
  test('is called something else, and stays what it is', async () => {
    const { id } = await createdSource(api.a)
    await worker.read()
    const before = await read(id)
    const answer = await api.a.call('PATCH', `/v1/knowledge/${id}`, { body: { name: 'now.pdf' } })
    expect(answer.status).toBe(200)
    expect(sourceOf(answer)).toEqual({ ...before, name: 'now.pdf', updated_at: sourceOf(answer).updated_at })
    await api.a.call('POST', `/v1/knowledge/${id}/reprocess`)
    await worker.read()
    expect(await read(id)).toMatchObject({ state: 'ready', revision: 2, media_type: 'text/markdown' })
  })

  test('is read again beside what there was, which is found until the new passages are there', async () => {
    const { id, uuid } = await createdSource(api.a)
    await worker.read()
    const before = await chunksOf(id)
    const again = await api.a.call('POST', `/v1/knowledge/${id}/reprocess`, { body: {} })
    expect([again.status, sourceOf(again)]).toMatchObject([200, { state: 'queued', revision: 1 }])
    expect((await chunksOf(id)).data).toEqual(before.data)
    const twice = await api.a.call('POST', `/v1/knowledge/${id}/reprocess`)
    expect([twice.status, twice.code(), twice.headers.get('retry-after')]).toEqual([409, 'knowledge.in_progress', '2'])
    await worker.read()
    expect(await read(id)).toMatchObject({ state: 'ready', revision: 2, chunk_count: before.data.length })
    const after = await chunksOf(id)
    expect(after.data.map(({ text }) => text)).toEqual(before.data.map(({ text }) => text))
    expect(after.data.map(({ id: chunk }) => chunk)).not.toEqual(before.data.map(({ id: chunk }) => chunk))
    const kept = 'select distinct revision from tenant.knowledge_chunks where knowledge_id = $1'
    expect(await api.ask(kept, [uuid])).toEqual([{ revision: 2 }])
  })

  test('leaves an event of each act, and of each look at its passages, without its name and its words', async () => {
    const { id, uuid } = await createdSource(api.a, { name: 'Mx Doe.md', text: 'words of the handbook' })
    await worker.read()
    await chunksOf(id)
    await api.a.call('PATCH', `/v1/knowledge/${id}`, { body: { name: 'other' } })
    await api.a.call('POST', `/v1/knowledge/${id}/reprocess`)
    await api.a.call('DELETE', `/v1/knowledge/${id}`)
    const target = { kind: 'knowledge', id: encodeId('knowledge', uuid) }
    for (const verb of ['created', 'opened', 'updated', 'reprocessed', 'deleted']) {
      const events = await auditedActions(api, api.a.id, `knowledge.${verb}`)
      const own = events.filter((event) => event.target.id === id)
      expect([verb, own]).toMatchObject([verb, [{ target }]])
      expect(JSON.stringify(own)).not.toMatch(/Doe|words of/)
    }
    const missing = await api.a.call('GET', `/v1/knowledge/${id}/chunks`)
    expect(missing.status).toBe(404)
    expect((await auditedActions(api, api.a.id, 'knowledge.opened')).filter((e) => e.target.id === id)).toHaveLength(1)
  })

  test('is gone when it was deleted: from the tables, from the index and from the folder, whoever asks', async () => {
    const words = 'zeppelinwerft quittenmus'
    const made = await createdSource(api.a, { name: 'zeppelin notes', text: `${words} ${words}`, type: 'text' })
    await worker.read()
    const stored = await storedFiles()
    expect(stored).toContain(`${api.a.id}/${made.uuid}`)
    expect(await tablesThatHold(api, 'zeppelinwerft')).toEqual(['knowledge_index'])
    expect(await tablesThatHold(api, 'zeppelin notes')).toEqual(['knowledge'])
    const answer = await api.a.call('DELETE', `/v1/knowledge/${made.id}`)
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect(await storedFiles()).toEqual(stored.filter((name) => name !== `${api.a.id}/${made.uuid}`))
    for (const word of ['zeppelin', 'quittenmus']) expect(await tablesThatHold(api, word)).toEqual([])
    expect((await api.a.call('DELETE', `/v1/knowledge/${made.id}`)).status).toBe(404)
    expect((await api.a.call('GET', `/v1/knowledge/${made.id}`)).status).toBe(404)
  })

  test('is deleted while it waits and while it is read, and nothing of it comes back', async () => {
    const waits = await createdSource(api.a, { text: 'rabenkrähe', type: 'text' })
    await api.a.call('DELETE', `/v1/knowledge/${waits.id}`)
    const reads = await createdSource(api.a, { text: 'rabenkrähe', type: 'text' })
    const begun = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const { parseDocument } = await import('../../packages/server/src/platform/documents/parse-document.ts')
    const slow = worker.another({
      parse: async (document, options) => {
        begun.resolve()
        await goOn.promise
        return parseDocument(document, options)
      },
    })
    const reading = worker.read(slow)
    await begun.promise
    expect((await api.a.call('DELETE', `/v1/knowledge/${reads.id}`)).status).toBe(204)
    goOn.resolve()
    await reading
    expect(await tablesThatHold(api, 'rabenkrähe')).toEqual([])
    expect(await api.ask("select 1 from app.dispatch where kind = 'knowledge'")).toEqual([])
  })
})

describe('an agent', () => {
  const withSources = (sources: readonly string[]) =>
    scriptedDocument({ knowledge: { sources: [...sources], max_chunks: 4 } })
  const save = (sources: readonly string[]) =>
    api.a.call('POST', '/v1/agents', { body: { name: 'Knower', document: withSources(sources) } })

  test('is saved with sources that are there, and published when they are ready', async () => {
    const { id } = await createdSource(api.a)
    const made = await save([id])
    expect(made.status).toBe(201)
    const agent = String(Object.entries(made.body ?? {}).find(([key]) => key === 'id')?.[1])
    const publish = () => api.a.call('POST', `/v1/agents/${agent}/publish`, { body: {} })
    const early = await publish()
    expect([early.status, early.code(), early.pointers()]).toEqual([
      409,
      'knowledge.not_ready',
      ['/knowledge/sources/0'],
    ])
    await worker.read()
    expect((await publish()).status).toBe(201)
    await api.a.call('DELETE', `/v1/knowledge/${id}`)
    const late = await publish()
    expect([late.status, late.code()]).toEqual([409, 'knowledge.missing'])
    const patch = await api.a.call('PATCH', `/v1/agents/${agent}`, { body: { document: withSources([id]) } })
    expect([patch.status, patch.pointers()]).toEqual([409, ['/document/knowledge/sources/0']])
  })

  test('is not published with a source that failed, and is told which', async () => {
    const [good, bad] = [await createdSource(api.a), await createdSource(api.a, { text: ' ', type: 'text' })]
    await worker.read()
    const made = await save([good.id, bad.id])
    const agent = String(Object.entries(made.body ?? {}).find(([key]) => key === 'id')?.[1])
    const answer = await api.a.call('POST', `/v1/agents/${agent}/publish`, { body: {} })
    expect([answer.status, answer.code(), answer.pointers()]).toEqual([
      409,
      'knowledge.not_ready',
      ['/knowledge/sources/1'],
    ])
    expect(answer.text).toContain(`GET /v1/knowledge/${bad.id} says why`)
  })

  test('is not saved with a source of another workspace, as if it were not there', async () => {
    const theirs = await createdSource(api.b)
    await worker.read()
    const bodies = await Promise.all(
      [theirs.id, encodeId('knowledge', newId())].map(async (id) => {
        const answer = await save([id])
        return [answer.status, answer.text.replace(/"request_id":"[^"]+"/, '')]
      }),
    )
    expect(bodies[0]).toEqual([409, expect.stringContaining('knowledge.missing')])
    expect(bodies[1]).toEqual(bodies[0])
  })
})

/** `workspace/object` of everything in the folder. */
async function storedFiles(): Promise<readonly string[]> {
  const names: string[] = await readdir(api.objectsFolder, { recursive: true })
  return names.filter((name) => name.includes('/')).sort()
}

function cursorOf(uuid: string): string {
  return Buffer.from(uuid, 'latin1').toString('base64url')
}
