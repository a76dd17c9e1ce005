/** A real server that is killed while it takes in, reads, reads again and deletes documents: nothing half, lost or back again. */
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { knowledgeSchema } from '@hyponema/contract'
import { expect, test, vi } from 'vitest'
import { isAlive, parserChildren } from '../../packages/server/src/platform/documents/test-harness/parser-children.ts'
import { apiClient } from './api-client.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'

/** A worker that was killed holds its source for a minute; then it is read, on a machine that is busy with others. */
const readAgain = { timeout: 150_000, interval: 500 }
/** Some thousand passages, which are written in many batches. */
const long = Array.from(
  { length: 3_000 },
  (_, part) => `# Part ${part}\n\n${`Words of part ${part}. `.repeat(40)}`,
).join('\n\n')

type Call = ReturnType<typeof apiClient>

async function clientOf(server: ServerProcess): Promise<Call> {
  return apiClient(server.url, (await server.demo()).api_key)
}

async function take(call: Call, text: string): Promise<string> {
  const { status, body } = await call('POST', '/v1/knowledge', { name: 'handbook', text, type: 'markdown' })
  expect(status, JSON.stringify(body)).toBe(201)
  return knowledgeSchema.parse(body).id
}

const sourceOf = async (call: Call, id: string) =>
  knowledgeSchema.parse((await call('GET', `/v1/knowledge/${id}`)).body)

async function send(server: ServerProcess, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<number | undefined> {
  const { api_key: key } = await server.demo()
  return fetch(`${server.url}/v1/knowledge/files?name=${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: bytes,
  }).then(
    ({ status }) => status,
    () => undefined,
  )
}

/** Each source has its file, and each whole file its source or the sweep to come; none is half under its name. */
async function filesOf(home: string): Promise<readonly string[]> {
  const paths = await readdir(join(home, 'objects'), { recursive: true }).catch(() => [])
  return paths.filter((path) => path.includes('/'))
}

test('a server that is killed at every step of a document loses none, keeps none by halves and brings none back', {
  timeout: 500_000,
}, async () => {
  const home = await makeHome()
  let server = await startProcess({ home })
  try {
    let call = await clientOf(server)
    const kept = await take(call, '# Opening hours\n\nThe clinic opens at eight.')
    await vi.waitFor(async () => expect((await sourceOf(call, kept)).state).toBe('ready'), { timeout: 60_000 })

    // In the middle of files that arrive.
    const files = Array.from({ length: 8 }, (_, index) =>
      Buffer.from(`${index} ${createHash('sha256').update(String(index)).digest('hex')} `.repeat(20_000)),
    )
    const answers = files.map((bytes, index) => send(server, `file${index}.txt`, new Uint8Array(bytes)))
    await Promise.race(answers)
    await server.kill()
    const statuses = await Promise.all(answers)
    server = await startProcess({ home })
    call = await clientOf(server)
    const listed = async () => {
      const { body } = await call('GET', '/v1/knowledge?limit=100')
      return Array.isArray(body['data']) ? body['data'].map((source) => knowledgeSchema.parse(source)) : []
    }
    const names = (await listed()).map(({ name }) => name)
    for (const [index, status] of statuses.entries()) if (status === 201) expect(names).toContain(`file${index}.txt`)
    await vi.waitFor(async () => expect((await listed()).map(({ state }) => state)).not.toContain('queued'), readAgain)
    await vi.waitFor(
      async () => expect(new Set((await listed()).map(({ state }) => state))).toEqual(new Set(['ready'])),
      readAgain,
    )
    for (const source of await listed())
      if (source.name.startsWith('file')) expect(files.map(({ byteLength }) => byteLength)).toContain(source.byte_count)
    expect((await filesOf(home)).length).toBeGreaterThanOrEqual((await listed()).length)

    // In the middle of a reading, whose process goes, too.
    expect(await send(server, 'long.md', new TextEncoder().encode(long))).toBe(201)
    const read = (await listed()).find(({ name }) => name === 'long.md')?.id ?? ''
    await vi.waitFor(async () => expect((await sourceOf(call, read)).state).toBe('processing'), {
      timeout: 60_000,
      interval: 5,
    })
    const readers = process.platform === 'linux' ? parserChildren(server.pid) : []
    await server.kill()
    await vi.waitUntil(() => readers.every((pid) => !isAlive(pid)), { timeout: 60_000 })
    server = await startProcess({ home })
    call = await clientOf(server)
    expect(['processing', 'queued']).toContain((await sourceOf(call, read)).state)
    await vi.waitFor(async () => expect((await sourceOf(call, read)).state).toBe('ready'), readAgain)
    const first = await sourceOf(call, read)
    expect(first).toMatchObject({ revision: 1, chunk_count: expect.any(Number) })
    expect(first.chunk_count).toBeGreaterThan(2_000)

    // In the middle of reading it again: what was there is searched on.
    expect((await call('POST', `/v1/knowledge/${read}/reprocess`)).status).toBe(200)
    await vi.waitFor(
      async () => {
        const { state, progress } = await sourceOf(call, read)
        expect([state, (progress?.done ?? 0) > 0]).toEqual(['processing', true])
      },
      { timeout: 60_000, interval: 5 },
    )
    await server.kill()
    server = await startProcess({ home })
    call = await clientOf(server)
    expect(await sourceOf(call, read)).toMatchObject({ revision: 1, chunk_count: first.chunk_count })
    expect((await call('GET', `/v1/knowledge/${read}/chunks`)).body['data']).toHaveLength(50)

    // A deletion, while the source is held by a worker that is no more.
    const deleted = call('DELETE', `/v1/knowledge/${read}`).then(
      ({ status }) => status,
      () => undefined,
    )
    await server.kill()
    await deleted
    server = await startProcess({ home })
    call = await clientOf(server)
    expect([204, 404]).toContain((await call('DELETE', `/v1/knowledge/${read}`)).status)
    expect((await call('GET', `/v1/knowledge/${read}`)).status).toBe(404)
    expect((await sourceOf(call, kept)).state).toBe('ready')
  } finally {
    await server.kill().catch(() => undefined)
    await removeHome(home)
  }
})
