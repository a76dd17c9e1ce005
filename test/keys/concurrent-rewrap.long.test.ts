/** A rewrap beside everything that changes the same rows, twice at once, and killed in the middle. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Uuid } from '@hyponema/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deleteCredentialRow, rewrapVersions } from '../../packages/server/src/features/credentials/public.ts'
import type { WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { credentialWrapContext } from '../../packages/server/src/platform/crypto/credential-sealer.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { randomSecret } from '../../packages/server/src/platform/crypto/random-secret.ts'
import { newId } from '../isolation/scratch-database.ts'
import { type KeysStage, openKeysStage } from './keys-stage.ts'

const main = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url))

describe('a rewrap', { timeout: 120_000 }, () => {
  let stage: KeysStage
  beforeEach(async () => {
    stage = await openKeysStage()
  })
  afterEach(() => stage.close())

  const add = async (): Promise<void> => {
    expect((await stage.run('rotate', '--add-only')).code).toBe(0)
    await stage.ageKeys(61_000)
  }
  const activeId = async () =>
    (await stage.readEntries()).filter(({ purpose }) => purpose === 'credentials').at(-1)?.id ?? ''
  const keysOf = async (scope: WorkspaceScope) =>
    stage.ask<{ id: string; rows: number }>(
      'select kek_id as id, count(*)::integer as rows from tenant.credential_versions where workspace_id = $1 group by 1 order by 1',
      [scope.workspaceId],
    )
  const rowsUnder = async (scope: WorkspaceScope, keyId: string): Promise<number> =>
    (await keysOf(scope)).find(({ id }) => id === keyId)?.rows ?? 0
  /** Rows with sound wraps, many at once. */
  const plant = async (scope: WorkspaceScope, count: number): Promise<readonly Uuid[]> => {
    const keys = keyringKeyService(stage.installation.keyring, 'credentials')
    const ids = Array.from({ length: count }, () => newId())
    const wraps = ids.map((credentialId) =>
      keys.wrap(randomSecret(), credentialWrapContext({ ...scope, credentialId, version: 1 })),
    )
    await stage.ask(
      `insert into tenant.credentials (workspace_id, id, kind, provider, label, hint, created_by)
       select $1, id, 'model', 'x', 'x', '', 'x' from unnest($2::uuid[]) id`,
      [scope.workspaceId, ids],
    )
    await stage.ask(
      `insert into tenant.credential_versions (workspace_id, credential_id, version, sealed, wrapped_key, kek_id, hint, created_by)
       select $1, id, 1, '\\x00', wrapped_key, key_id, '', 'x' from unnest($2::uuid[], $3::bytea[], $4::text[]) as p (id, wrapped_key, key_id)`,
      [scope.workspaceId, ids, wraps.map(({ bytes }) => bytes), wraps.map(({ keyId }) => keyId)],
    )
    return ids
  }
  /** Every wrap of the workspace unwraps under the id that it bears. */
  const allUnwrap = async (scope: WorkspaceScope): Promise<number> => {
    const keys = keyringKeyService(stage.installation.keyring, 'credentials')
    const rows = await stage.ask<{ id: Uuid; bytes: Buffer; key_id: string }>(
      'select credential_id as id, wrapped_key as bytes, kek_id as key_id from tenant.credential_versions where workspace_id = $1 and version = 1',
      [scope.workspaceId],
    )
    for (const { id, bytes, key_id: keyId } of rows)
      keys.unwrap({ keyId, bytes }, credentialWrapContext({ ...scope, credentialId: id, version: 1 })).destroy()
    return rows.length
  }

  test('goes on beside credentials that are made and deleted, and overwrites nothing', async () => {
    const scope = await stage.makeWorkspace()
    const ids = await plant(scope, 3000)
    await add()
    const [result, made] = await Promise.all([
      stage.run('rewrap'),
      (async () => {
        const fresh: Uuid[] = []
        for (const [index, id] of ids.entries()) {
          if (index % 30 !== 0) continue
          await stage.installation.database.withWorkspace(scope, (tx) => deleteCredentialRow(tx, id))
          fresh.push(await stage.sealCredential(scope, `sk-${index}`))
        }
        return fresh
      })(),
    ])
    expect([result.code, result.err.replaceAll(/^\d+ of \d+ data keys moved\n/gm, '')]).toEqual([0, ''])
    expect((await stage.run('rewrap')).code).toBe(0)
    expect(await keysOf(scope)).toEqual([{ id: await activeId(), rows: 3000 }])
    expect(await allUnwrap(scope)).toBe(3000)
    for (const [index, id] of made.entries()) expect(await stage.openCredential(scope, id)).toBe(`sk-${index * 30}`)
  })

  test('leaves a row alone that somebody moved, revoked or changed after it was read', async () => {
    const scope = await stage.makeWorkspace()
    const [revoked, changed] = await plant(scope, 2)
    await add()
    const door = stage.installation.database.workerWithWorkspace
    const before = await stage.ask<{ kek_id: string }>(
      'select kek_id from tenant.credential_versions where workspace_id = $1 limit 1',
      [scope.workspaceId],
    )
    const from = before[0]?.kek_id ?? ''
    const rows = await door(scope, (tx) => rewrapVersions.page(tx, { keyId: from, after: undefined, limit: 10 }))
    await stage.ask(
      'update tenant.credential_versions set revoked_at = now(), sealed = null, wrapped_key = null, kek_id = null where credential_id = $1',
      [revoked],
    )
    await stage.ask(
      "update tenant.credential_versions set wrapped_key = '\\x01', kek_id = 'elsewhere' where credential_id = $1",
      [changed],
    )
    const moved = rows.map(({ place }) => ({ place, wrapped: { keyId: 'new', bytes: Buffer.from('new') } }))
    expect(await door(scope, (tx) => rewrapVersions.move(tx, { from, moved }))).toBe(0)
    expect(
      await stage.ask('select kek_id, wrapped_key from tenant.credential_versions where workspace_id = $1 order by 1', [
        scope.workspaceId,
      ]),
    ).toEqual([
      { kek_id: 'elsewhere', wrapped_key: Buffer.from([1]) },
      { kek_id: null, wrapped_key: null },
    ])
    await stage.ask('delete from tenant.credentials where workspace_id = $1', [scope.workspaceId])
  })

  test('is done by two commands at once, each row once', async () => {
    const scope = await stage.makeWorkspace()
    await plant(scope, 4000)
    await add()
    const [one, other] = await Promise.all([runProcess(stage, ['rewrap']).done, runProcess(stage, ['rewrap']).done])
    expect([one.code, other.code, one.err, other.err]).toEqual([0, 0, expect.anything(), expect.anything()])
    expect(movedOf(one.out) + movedOf(other.out)).toBe(4000)
    expect(await keysOf(scope)).toEqual([{ id: await activeId(), rows: 4000 }])
    expect(await allUnwrap(scope)).toBe(4000)
  })

  test('is begun by two rotations at once: one of them may be told to wait, and everything opens', async () => {
    const scope = await stage.makeWorkspace()
    await plant(scope, 1000)
    const results = await Promise.all([runProcess(stage, ['rotate']).done, runProcess(stage, ['rotate']).done])
    const refused = results.filter(({ code }) => code !== 0)
    for (const { err } of refused) expect(err).toContain('is being changed by another command')
    expect(refused.length).toBeLessThan(2)
    expect((await stage.run('rewrap')).code).toBe(0)
    const active = await activeId()
    expect(await keysOf(scope)).toEqual([{ id: active, rows: 1000 }])
    stage.installation.keyring.holds('credentials', active)
    expect(await allUnwrap(scope)).toBe(1000)
  })

  test.each(['SIGKILL', 'SIGINT'] as const)(
    'that was ended by %s in the middle goes on where it was',
    async (signal) => {
      const scope = await stage.makeWorkspace()
      await plant(scope, 8000)
      await add()
      const running = runProcess(stage, ['rewrap'])
      const movedSoFar = async () => rowsUnder(scope, await activeId())
      await expect.poll(movedSoFar, { timeout: 60_000, interval: 5 }).toBeGreaterThan(0)
      running.kill(signal)
      const { code, err } = await running.done
      const moved = await movedSoFar()
      if (signal === 'SIGINT' && moved < 8000)
        expect([code, err]).toEqual([1, expect.stringContaining('keys rewrap --purpose credentials')])
      expect(await allUnwrap(scope)).toBe(8000)
      const again = await stage.run('rewrap')
      expect(again.code).toBe(0)
      expect(movedOf(again.out)).toBe(8000 - moved)
      expect(await keysOf(scope)).toEqual([{ id: await activeId(), rows: 8000 }])
      expect(await allUnwrap(scope)).toBe(8000)
    },
  )
})

function movedOf(out: string): number {
  return Number(/^(\d+) data keys moved/m.exec(out)?.[1])
}

/** The command as a process of its own, which a test can kill. */
function runProcess(stage: KeysStage, args: readonly string[]) {
  const child = spawn(process.execPath, [main, 'keys', ...args], {
    env: { ...process.env, ...stage.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (written.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (written.err += chunk.toString()))
  const done = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, ...written })),
  )
  return { done, kill: (signal: NodeJS.Signals) => child.kill(signal) }
}
