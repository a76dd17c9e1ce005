import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type ContentKeys, createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import type { LocalKeyService } from '../../packages/server/src/platform/crypto/key-service.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import type { SealedContent } from '../../packages/server/src/platform/crypto/sealed-content.ts'
import {
  refusalOf,
  refusalOfAsync,
  testKeyring,
} from '../../packages/server/src/platform/crypto/test-harness/key-fixtures.ts'
import type { WorkspaceTx } from '../../packages/server/src/platform/postgres/workspace-tx.ts'
import { ask, newId, openScratch, type Scratch } from './scratch-database.ts'

type Run = <T>(work: (tx: WorkspaceTx) => Promise<T>) => Promise<T>
type Place = Parameters<Awaited<ReturnType<ContentKeys['forWorkspace']>>['seal']>[0]

describe('the keys of personal data', () => {
  let scratch: Scratch
  beforeAll(async () => {
    scratch = await openScratch()
  })
  afterAll(() => scratch.close())

  /** One process: its keys are remembered here and nowhere else. */
  const processOf = (epochKeys: LocalKeyService<'epoch'> = keyringKeyService(testKeyring(), 'epoch')) =>
    createContentKeys({ epochKeys, newId })

  const makeWorkspace = async () => {
    const scope = provenScope(newId())
    const run = <T>(work: (tx: WorkspaceTx) => Promise<T>): Promise<T> => scratch.database.withWorkspace(scope, work)
    await run((tx) =>
      tx.db.insertInto('tenant.workspaces').values({ workspace_id: tx.workspaceId, name: 'Keys' }).execute(),
    )
    return { scope, run }
  }

  const indexKeys = (workspaceId: string) => keysOf(workspaceId, 'blind_index')
  const keysOf = (workspaceId: string, purpose: 'blind_index' | 'content') =>
    ask(scratch.admin, 'select id from tenant.workspace_keys where workspace_id = $1 and purpose = $2', [
      workspaceId,
      purpose,
    ])

  const rollBack = new Error('rolled back')

  describe('blind index', () => {
    test('is the same for the same external id, in every process and transaction, under one key', async () => {
      const { scope, run } = await makeWorkspace()
      const first = await run((tx) => processOf().blindIndex(tx, 'patient-1'))
      const again = await run((tx) => processOf().blindIndex(tx, 'patient-1'))
      const other = await run((tx) => processOf().blindIndex(tx, 'patient-2'))
      expect(first).toHaveLength(32)
      expect(again).toEqual(first)
      expect(other).not.toEqual(first)
      expect(await indexKeys(scope.workspaceId)).toHaveLength(1)
    })

    test('has nothing in common between two workspaces', async () => {
      const keys = processOf()
      const [one, two] = [await makeWorkspace(), await makeWorkspace()]
      const ofOne = await one.run((tx) => keys.blindIndex(tx, 'patient-1'))
      expect(await two.run((tx) => keys.blindIndex(tx, 'patient-1'))).not.toEqual(ofOne)
    })

    test('takes two spellings of one text for one id, and keeps other texts apart', async () => {
      const { run } = await makeWorkspace()
      const keys = processOf()
      const indexOf = (text: string) => run((tx) => keys.blindIndex(tx, text))
      expect(await indexOf('Zoe\u0308')).toEqual(await indexOf('Zo\u00eb'))
      expect(await indexOf('zo\u00eb')).not.toEqual(await indexOf('Zo\u00eb'))
    })

    test('does not outlive a key whose transaction was rolled back', async () => {
      const { scope, run } = await makeWorkspace()
      const keys = processOf()
      const failing = run(async (tx) => {
        await keys.blindIndex(tx, 'patient-1')
        // Once more in the same transaction, where the key can be read although nobody else will ever see it.
        await keys.blindIndex(tx, 'patient-1')
        throw rollBack
      })
      await expect(failing).rejects.toThrow(rollBack)
      expect(await indexKeys(scope.workspaceId)).toEqual([])
      const written = await run((tx) => keys.blindIndex(tx, 'patient-1'))
      expect(await indexKeys(scope.workspaceId)).toHaveLength(1)
      expect(await run((tx) => processOf().blindIndex(tx, 'patient-1'))).toEqual(written)
    })

    test('has one key when two processes use it for the first time at once', async () => {
      const { scope, run } = await makeWorkspace()
      const indexes = await Promise.all(
        [processOf(), processOf(), processOf()].map((keys) => run((tx) => keys.blindIndex(tx, 'patient-1'))),
      )
      expect(new Set(indexes.map((index) => index.toString('hex'))).size).toBe(1)
      expect(await indexKeys(scope.workspaceId)).toHaveLength(1)
    })

    test('is not made with a key that was moved from another workspace', async () => {
      const [one, two] = [await makeWorkspace(), await makeWorkspace()]
      await one.run((tx) => processOf().blindIndex(tx, 'patient-1'))
      await two.run((tx) => processOf().blindIndex(tx, 'patient-1'))
      await ask(
        scratch.admin,
        `update tenant.workspace_keys k set wrapped_key = o.wrapped_key from tenant.workspace_keys o
         where k.workspace_id = $1 and o.workspace_id = $2`,
        [two.scope.workspaceId, one.scope.workspaceId],
      )
      const moved = two.run((tx) => processOf().blindIndex(tx, 'patient-1'))
      expect(await refusalOfAsync(moved)).toBe('credential.sealed_unreadable')
    })
  })

  describe('key of a workspace', () => {
    const makePlace = () => ({ table: 'outbox', column: 'body', rowId: newId() })
    const sealIn = (keys: ContentKeys, run: Run, place: Place, text: string) =>
      run(async (tx) => {
        const key = await keys.forWorkspace(tx)
        const sealed = key.seal(place, text)
        key.destroy()
        return sealed
      })
    const openIn = (keys: ContentKeys, run: Run, place: Place, sealed: SealedContent) =>
      run(async (tx) => (await keys.forWorkspace(tx)).open(place, sealed, 'delivery'))

    test('opens in every process what was sealed before, as it was, under one key', async () => {
      const { scope, run } = await makeWorkspace()
      const [keys, place] = [processOf(), makePlace()]
      const [first, again] = [await sealIn(keys, run, place, 'one'), await sealIn(keys, run, place, 'two')]
      expect(await openIn(processOf(), run, place, first)).toBe('one')
      expect(await openIn(keys, run, place, again)).toBe('two')
      expect(await keysOf(scope.workspaceId, 'content')).toHaveLength(1)
      expect(await indexKeys(scope.workspaceId)).toEqual([])
    })

    test("opens neither another workspace's content nor content at another row", async () => {
      const [one, two] = [await makeWorkspace(), await makeWorkspace()]
      const [keys, place] = [processOf(), makePlace()]
      const sealed = await sealIn(keys, one.run, place, 'words')
      const unreadable = 'credential.sealed_unreadable'
      expect(await refusalOfAsync(openIn(keys, two.run, place, sealed))).toBe(unreadable)
      expect(await refusalOfAsync(openIn(keys, one.run, makePlace(), sealed))).toBe(unreadable)
    })

    test('does not outlive a transaction that was rolled back', async () => {
      const { scope, run } = await makeWorkspace()
      const [keys, place] = [processOf(), makePlace()]
      const failing = run(async (tx) => {
        const key = await keys.forWorkspace(tx)
        // Once more in the same transaction, where the key can be read although nobody else will ever see it.
        const opened = (await keys.forWorkspace(tx)).open(place, key.seal(place, 'words'), 'delivery')
        throw opened === 'words' ? rollBack : new Error('another key')
      })
      await expect(failing).rejects.toThrow(rollBack)
      expect(await keysOf(scope.workspaceId, 'content')).toEqual([])
      const sealed = await sealIn(keys, run, place, 'later')
      expect(await openIn(processOf(), run, place, sealed)).toBe('later')
    })

    test('is one when several processes use it for the first time at once', async () => {
      const { scope, run } = await makeWorkspace()
      const place = makePlace()
      const processes = [processOf(), processOf(), processOf()]
      const sealed = await Promise.all(processes.map((keys) => sealIn(keys, run, place, 'words')))
      const opened = await Promise.all(sealed.map((one) => openIn(processOf(), run, place, one)))
      expect(opened).toEqual(['words', 'words', 'words'])
      expect(await keysOf(scope.workspaceId, 'content')).toHaveLength(1)
    })

    test('stays whole for who holds it when it is dropped from memory, and is read again after five minutes', async () => {
      const { run } = await makeWorkspace()
      const epochKeys = keyringKeyService(testKeyring(), 'epoch')
      const unwrap = vi.fn(epochKeys.unwrap)
      const keys = processOf({ ...epochKeys, unwrap })
      const place = makePlace()
      await sealIn(keys, run, place, 'makes it')
      unwrap.mockClear()
      const held = await run((tx) => keys.forWorkspace(tx))
      await run((tx) => keys.forWorkspace(tx))
      expect(unwrap).toHaveBeenCalledTimes(1)
      const unwrapped: unknown = unwrap.mock.results[0]?.value
      const late = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 5 * 60 * 1000 + 1)
      onTestFinished(() => late.mockRestore())
      await run((tx) => keys.forWorkspace(tx))
      expect(unwrap).toHaveBeenCalledTimes(2)
      expect(unwrapped).toMatchObject({ isDestroyed: true })
      expect(held.open(place, held.seal(place, 'words'), 'delivery')).toBe('words')
    })
  })

  describe('key of a user', () => {
    const makeUser = async () => {
      const { scope, run } = await makeWorkspace()
      const userId = newId()
      const keys = processOf()
      const { key, store } = keys.makeUserKey(scope.workspaceId, userId)
      const place = { table: 'tenant.users', column: 'profile', rowId: userId }
      await run(async (tx) => {
        const external = { blind: await keys.blindIndex(tx, userId), sealed: key.seal(place, userId) }
        await tx.db
          .insertInto('tenant.users')
          .values({
            workspace_id: scope.workspaceId,
            id: userId,
            external_id_index: external.blind,
            external_id: external.sealed,
          })
          .execute()
        await store(tx)
      })
      return { scope, run, userId, key, place }
    }

    test('opens after a restart what was sealed before, as it was', async () => {
      const { run, userId, key, place } = await makeUser()
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
          const sealed = key.seal(place, text)
          const later = await run((tx) => processOf().forUser(tx, userId))
          expect(later.open(place, sealed, 'conversation')).toBe(text)
        }),
        { numRuns: 10 },
      )
    })

    test("does not open another user's words, nor words at another row", async () => {
      const [one, two] = [await makeUser(), await makeUser()]
      const sealed = one.key.seal(one.place, 'words')
      const unreadable = 'credential.sealed_unreadable'
      expect(refusalOf(() => two.key.open(one.place, sealed, 'review'))).toBe(unreadable)
      expect(refusalOf(() => one.key.open({ ...one.place, rowId: newId() }, sealed, 'review'))).toBe(unreadable)
    })

    test('is gone with its row, and a user of another workspace has none', async () => {
      const [one, two] = [await makeUser(), await makeUser()]
      const gone = 'keyring.key_missing'
      expect(await refusalOfAsync(two.run((tx) => processOf().forUser(tx, one.userId)))).toBe(gone)
      await ask(scratch.admin, 'delete from tenant.user_keys where user_id = $1', [one.userId])
      expect(await refusalOfAsync(one.run((tx) => processOf().forUser(tx, one.userId)))).toBe(gone)
    })

    test('does not unwrap when its row was copied from another user', async () => {
      const [one, two] = [await makeUser(), await makeUser()]
      await ask(
        scratch.admin,
        `update tenant.user_keys k set wrapped_key = o.wrapped_key from tenant.user_keys o
         where k.user_id = $1 and o.user_id = $2`,
        [two.userId, one.userId],
      )
      const copied = two.run((tx) => processOf().forUser(tx, two.userId))
      expect(await refusalOfAsync(copied)).toBe('credential.sealed_unreadable')
    })

    test('opens nothing once its epoch key has been destroyed, and the refusal names that key', async () => {
      const { run, userId } = await makeUser()
      await ask(scratch.admin, `update tenant.user_keys set epoch_key_id = 'epoch-7' where user_id = $1`, [userId])
      const opening = run((tx) => processOf().forUser(tx, userId))
      await expect(opening).rejects.toThrow(/epoch-7/)
    })

    test('is stored in the workspace it was made for only', async () => {
      const [one, two] = [await makeWorkspace(), await makeWorkspace()]
      const { store } = processOf().makeUserKey(one.scope.workspaceId, newId())
      expect(await refusalOfAsync(two.run(store))).toBe('server.internal')
    })

    test('opens nothing more after it was wiped', async () => {
      const { key, place } = await makeUser()
      const sealed = key.seal(place, 'words')
      key.destroy()
      expect(() => key.open(place, sealed, 'conversation')).toThrow(RangeError)
    })
  })
})
