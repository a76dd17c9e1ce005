import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { makeUuidV7, type Uuid } from '@hyponema/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SealedContent, sealContentBytes } from '../crypto/sealed-content.ts'
import { refusalOfAsync, secretOf, temporaryFolder, testUuid } from '../crypto/test-harness/key-fixtures.ts'
import { createFolderObjectStore } from './folder-object-store.ts'
import type { ObjectStore } from './object-store.ts'

const workspaceId = testUuid(1)
const place = { workspaceId, objectId: testUuid(2) }

function sealed(text: string): SealedContent {
  const at = { workspaceId, ownerId: workspaceId, table: 'tenant.knowledge', column: 'object', rowId: place.objectId }
  return sealContentBytes(secretOf(1), at, Buffer.from(text))
}

/** An id of that time, the same for the same `seed`. */
function idAt(timeMs: number, seed: number): Uuid {
  return makeUuidV7(timeMs, Buffer.alloc(10, seed))
}

describe('objects in a folder', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let store: ObjectStore
  const pathOf = (...names: readonly string[]): string => join(folder.path('objects'), ...names)
  beforeEach(() => {
    folder = temporaryFolder()
    store = createFolderObjectStore(folder.path('objects'))
  })
  afterEach(() => folder.remove())

  it('give back the bytes that were put, and nothing where nothing was', async () => {
    const bytes = sealed('a handbook')
    await store.put(place, bytes)
    expect(bytes.equals((await store.get(place)) ?? Buffer.alloc(0))).toBe(true)
    expect(await store.get({ ...place, objectId: testUuid(3) })).toBeUndefined()
    expect(await store.get({ workspaceId: testUuid(3), objectId: place.objectId })).toBeUndefined()
  })

  it('are files and folders for their owner alone, under names of ids', async () => {
    await store.put(place, sealed('a handbook'))
    expect(readdirSync(pathOf())).toEqual([workspaceId])
    expect(readdirSync(pathOf(workspaceId))).toEqual([place.objectId])
    expect(statSync(pathOf()).mode & 0o777).toBe(0o700)
    expect(statSync(pathOf(workspaceId)).mode & 0o777).toBe(0o700)
    expect(statSync(pathOf(workspaceId, place.objectId)).mode & 0o777).toBe(0o600)
  })

  it('are replaced whole, and of two writers at once one wins', async () => {
    const both = [sealed('one'.repeat(100_000)), sealed('two'.repeat(50_000))]
    await Promise.all(both.map((bytes) => store.put(place, bytes)))
    const found = await store.get(place)
    expect(both.some((bytes) => bytes.equals(found ?? Buffer.alloc(0)))).toBe(true)
    expect(readdirSync(pathOf(workspaceId))).toEqual([place.objectId])
  })

  it('are gone when they were deleted, as often as one asks', async () => {
    await store.delete(place)
    await store.put(place, sealed('a handbook'))
    await store.delete(place)
    await store.delete(place)
    expect(await store.get(place)).toBeUndefined()
    expect(readdirSync(pathOf(workspaceId))).toEqual([])
  })

  it('are not read where a link, a folder or something far too large bears their name', async () => {
    mkdirSync(pathOf(workspaceId), { recursive: true })
    const path = pathOf(workspaceId, place.objectId)
    writeFileSync(folder.path('elsewhere'), 'a secret of somebody else')
    symlinkSync(folder.path('elsewhere'), path)
    expect(await refusalOfAsync(store.get(place))).toBe('server.storage_unavailable')
    await store.delete(place)
    expect(readFileSync(folder.path('elsewhere'), 'utf8')).toBe('a secret of somebody else')
    mkdirSync(path)
    expect(await refusalOfAsync(store.get(place))).toBe('server.storage_unavailable')
    const large = { ...place, objectId: testUuid(4) }
    writeFileSync(pathOf(workspaceId, large.objectId), '')
    truncateSync(pathOf(workspaceId, large.objectId), 64 * 1024 * 1024 + 1)
    expect(await refusalOfAsync(store.get(large))).toBe('server.storage_unavailable')
  })

  it('say which path cannot be used and what to do, and leave nothing half behind', async () => {
    writeFileSync(folder.path('objects'), 'a file in the place of the folder')
    await expect(store.put(place, sealed('x'))).rejects.toMatchObject({
      code: 'server.storage_unavailable',
      message: expect.stringContaining(place.objectId),
    })
    expect(readFileSync(folder.path('objects'), 'utf8')).toBe('a file in the place of the folder')
  })

  it.runIf(process.getuid?.() !== 0)('say so where the folder belongs to another user', async () => {
    mkdirSync(pathOf(), { recursive: true })
    chmodSync(pathOf(), 0o500)
    await expect(store.put(place, sealed('x'))).rejects.toThrow('may not be used by the user of this process')
    chmodSync(pathOf(), 0o700)
  })

  it('are swept when they are old and nothing refers to them, with what killed writers left; other files stay', async () => {
    const [old, young] = [1_000_000_000_000, 1_000_000_100_000]
    const [kept, orphan, fresh, half] = [idAt(old, 1), idAt(old, 2), idAt(young, 3), idAt(old, 4)]
    for (const objectId of [kept, orphan, fresh]) await store.put({ workspaceId, objectId }, sealed(objectId))
    const left = `${half}.0123456789abcdef.new`
    const freshLeft = `${fresh}.0123456789abcdef.new`
    for (const name of [left, freshLeft, 'README', `${orphan}.bak`]) writeFileSync(pathOf(workspaceId, name), 'x')
    const asked: Uuid[] = []
    const sweep = () =>
      store.sweep(workspaceId, {
        beforeMs: old + 1,
        whichAreKept: async (ids) => {
          asked.push(...ids)
          return new Set([kept])
        },
      })
    expect(await sweep()).toBe(2)
    expect(readdirSync(pathOf(workspaceId)).sort()).toEqual([kept, fresh, freshLeft, 'README', `${orphan}.bak`].sort())
    expect(asked.sort()).toEqual([kept, orphan].sort())
    expect(await sweep()).toBe(0)
    expect(await store.sweep(testUuid(9), { beforeMs: old, whichAreKept: async () => new Set() })).toBe(0)
  })
})
