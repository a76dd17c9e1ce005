/** Rows and files that are not as they should be: named, nothing opened, nothing lost, and the rest moves on. */
import { chmodSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { encodeId, type Uuid } from '@hyponema/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { refusalOfAsync } from '../../packages/server/src/platform/crypto/test-harness/key-fixtures.ts'
import { type KeysStage, openKeysStage } from './keys-stage.ts'

type Wrap = { readonly credential_id: Uuid; readonly wrapped_key: Buffer; readonly kek_id: string }

describe('damaged wraps', { timeout: 60_000 }, () => {
  let stage: KeysStage
  let scope: WorkspaceScope
  let other: WorkspaceScope
  let sound: Uuid
  beforeEach(async () => {
    stage = await openKeysStage()
    ;[scope, other] = [await stage.makeWorkspace(), await stage.makeWorkspace()]
    sound = await stage.sealCredential(scope, 'sk-sound')
  })
  afterEach(() => stage.close())

  const wrapOf = async (id: Uuid): Promise<Wrap> => {
    const [row] = await stage.ask<Wrap>(
      'select credential_id, wrapped_key, kek_id from tenant.credential_versions where credential_id = $1',
      [id],
    )
    if (row === undefined) throw new Error(`no row of ${id}`)
    return row
  }
  const setWrap = (id: Uuid, bytes: Buffer, kekId: string) =>
    stage.ask('update tenant.credential_versions set wrapped_key = $2, kek_id = $3 where credential_id = $1', [
      id,
      bytes,
      kekId,
    ])
  const addKey = async (): Promise<void> => {
    expect((await stage.run('rotate', '--add-only')).code).toBe(0)
    await stage.ageKeys(61_000)
  }
  const activeId = async () =>
    (await stage.readEntries()).findLast(({ purpose, state }) => purpose === 'credentials' && state === 'active')?.id ??
    ''

  test.each<[string, (wrap: Wrap, neighbour: Wrap) => Buffer]>([
    ['nothing', () => Buffer.alloc(0)],
    ['no wrap at all', () => Buffer.from('{"not":"a wrap"}')],
    ['a wrap with its first bit flipped', ({ wrapped_key: bytes }) => flipped(bytes, 0)],
    ['a wrap with its last bit flipped', ({ wrapped_key: bytes }) => flipped(bytes, bytes.length * 8 - 1)],
    ['half a wrap', ({ wrapped_key: bytes }) => bytes.subarray(0, bytes.length / 2)],
    ['the wrap of another row', (_wrap, { wrapped_key: bytes }) => bytes],
  ])('%s is named and stays; the others move, and its key cannot be retired', async (_name, damage) => {
    const [damaged, neighbour, elsewhere] = [
      await stage.sealCredential(scope, 'sk-damaged'),
      await stage.sealCredential(scope, 'sk-neighbour'),
      await stage.sealCredential(other, 'sk-elsewhere'),
    ]
    const whole = await wrapOf(damaged)
    const bytes = damage(whole, await wrapOf(neighbour))
    await setWrap(damaged, bytes, whole.kek_id)
    await addKey()

    const first = await stage.run('rewrap')
    expect(first.code).toBe(1)
    expect(first.err).toContain('1 data keys do not open (credential.sealed_unreadable)')
    expect(first.err).toContain(
      `credential ${encodeId('credential', damaged)}, version 1 in ${encodeId('workspace', scope.workspaceId)}`,
    )
    expect(await wrapOf(damaged)).toEqual({ ...whole, wrapped_key: bytes })
    expect(await stage.openCredential(scope, neighbour)).toBe('sk-neighbour')
    expect(await stage.openCredential(other, elsewhere)).toBe('sk-elsewhere')
    expect(await stage.openCredential(scope, sound)).toBe('sk-sound')
    expect((await wrapOf(neighbour)).kek_id).toBe(await activeId())
    expect(await refusalOfAsync(stage.openCredential(scope, damaged))).toBe('credential.sealed_unreadable')

    const kept = await stage.run('retire', whole.kek_id)
    expect([kept.code, kept.err]).toEqual([1, expect.stringContaining('versions of credentials: 1 (workspaces: 1)')])

    // As a restore of the row would do it.
    await setWrap(damaged, whole.wrapped_key, whole.kek_id)
    expect(await stage.run('rewrap')).toMatchObject({ code: 0, err: '' })
    expect(await stage.openCredential(scope, damaged)).toBe('sk-damaged')
    expect((await stage.run('retire', whole.kek_id)).code).toBe(0)
  })

  test('a row under a key that nobody has is named with the key, stays, and stops nothing else', async () => {
    const [lost, neighbour] = [
      await stage.sealCredential(scope, 'sk-lost'),
      await stage.sealCredential(scope, 'sk-there'),
    ]
    const whole = await wrapOf(lost)
    await setWrap(lost, whole.wrapped_key, 'credentials-999')
    await addKey()
    const { code, err } = await stage.run('rewrap')
    expect(code).toBe(1)
    expect(err).toMatch(/What stands under credentials-999 stays there.*keyring\.key_missing.*credentials-999/)
    expect((await wrapOf(neighbour)).kek_id).toBe(await activeId())
    expect(await wrapOf(lost)).toEqual({ ...whole, kek_id: 'credentials-999' })
    expect((await stage.run('status')).out).toMatch(/^credentials-999 +unlisted .*versions of credentials: 1/m)
    await setWrap(lost, whole.wrapped_key, whole.kek_id)
    expect((await stage.run('rewrap')).code).toBe(0)
    expect(await stage.openCredential(scope, lost)).toBe('sk-lost')
  })

  test('a wrap that bears the id of another key opens under neither', async () => {
    const id = await stage.sealCredential(scope, 'sk-renamed')
    const whole = await wrapOf(id)
    await addKey()
    await setWrap(id, whole.wrapped_key, await activeId())
    expect((await stage.run('rewrap')).code).toBe(0)
    expect(await refusalOfAsync(stage.openCredential(scope, id))).toBe('credential.sealed_unreadable')
    await setWrap(id, whole.wrapped_key, whole.kek_id)
    expect((await stage.run('rewrap')).code).toBe(0)
    expect(await stage.openCredential(scope, id)).toBe('sk-renamed')
  })

  test("another installation's keyring moves nothing, and the running server keeps its own", async () => {
    const id = await stage.sealCredential(scope, 'sk-foreign')
    const entries = await stage.readEntries()
    const before = await wrapOf(id)
    await stage.writeEntries(
      entries.map((entry, index) => ({ ...entry, key: Buffer.alloc(32, index + 1).toString('base64url') })),
    )
    await expect(stage.run('rewrap')).resolves.toMatchObject({
      code: 1,
      err: expect.stringMatching(/does not open with this keyring/),
    })
    expect(await wrapOf(id)).toEqual(before)
    expect(await stage.openCredential(scope, id)).toBe('sk-foreign')
    await stage.writeEntries(entries)
    expect((await stage.run('status')).code).toBe(0)
  })

  test.each<[string, RegExp, (path: string) => Promise<void>]>([
    ['gone', /keyring\.json is missing/, (path) => rm(path)],
    ['cut', /is damaged/, (path) => writeFile(path, '{"format":1,"entries":[')],
    ['open to others', /chmod 600/, async (path) => chmodSync(path, 0o644)],
  ])('with a keyring that is %s every command says so and changes nothing', async (_name, message, change) => {
    const entries = await stage.readEntries()
    await change(stage.files.keyring)
    for (const args of [['status'], ['rotate'], ['rewrap'], ['retire', entries[0]?.id ?? '']]) {
      const { code, err } = await stage.run(...args)
      expect([args, code, err]).toEqual([args, 1, expect.stringMatching(message)])
    }
    await rm(stage.files.keyring, { force: true })
    await stage.writeEntries(entries)
    expect(await stage.openCredential(scope, sound)).toBe('sk-sound')
  })
})

function flipped(bytes: Buffer, bit: number): Buffer {
  const changed = Buffer.from(bytes)
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return changed
}
