/** The same commands where the keys of credentials lie in a key service, and on the way there. */
import { writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../packages/server/src/platform/crypto/test-harness/key-fixtures.ts'
import {
  fakeNamespace,
  fakeToken,
  startFakeVault,
} from '../../packages/server/src/platform/crypto/test-harness/start-fake-vault.ts'
import { closeLoopback } from '../../packages/server/src/platform/outbound/test-harness/loopback.ts'
import { type KeysStage, openKeysStage } from './keys-stage.ts'

describe('keys in Vault', { timeout: 60_000 }, () => {
  let folder: ReturnType<typeof temporaryFolder>
  let vault: Awaited<ReturnType<typeof startFakeVault>>
  let stage: KeysStage
  const chosen = { HYPONEMA_KEY_SERVICE: 'vault' }
  beforeEach(async () => {
    folder = temporaryFolder()
    vault = await startFakeVault()
    vault.createKey('hyponema')
    const tokenFile = folder.path('token')
    writeFileSync(tokenFile, `${fakeToken}\n`, { mode: 0o600 })
    stage = await openKeysStage({
      HYPONEMA_VAULT_ADDR: vault.endpoint.origin,
      HYPONEMA_VAULT_TOKEN_FILE: tokenFile,
      HYPONEMA_VAULT_NAMESPACE: fakeNamespace,
      HYPONEMA_VAULT_TRANSIT_KEY: 'hyponema',
    })
  })
  afterEach(async () => {
    await stage.close()
    folder.remove()
  })
  afterAll(closeLoopback)

  test('take over what the keyring has wrapped, are rotated and retired, and everything opens', async () => {
    const scope = await stage.makeWorkspace()
    const ids = await Promise.all(Array.from({ length: 20 }, (_, index) => stage.sealCredential(scope, `sk-${index}`)))
    const keyIds = async () =>
      (await stage.ask<{ id: string }>('select distinct kek_id as id from tenant.credential_versions')).map(
        ({ id }) => id,
      )
    expect(await keyIds()).toEqual(['credentials-1'])

    const moved = await stage.runWith(chosen, 'rewrap')
    expect(moved).toMatchObject({ code: 0, out: expect.stringContaining('20 data keys moved under') })
    const [first = ''] = await keyIds()
    expect(first).not.toBe('credentials-1')

    const rotated = await stage.runWith(chosen, 'rotate')
    expect(rotated).toMatchObject({ code: 0, out: expect.stringContaining('20 data keys moved under') })
    expect(rotated.out).not.toContain('copy the file')
    const [second = ''] = await keyIds()
    expect(second).not.toBe(first)
    expect((await stage.runWith(chosen, 'status')).out).toMatch(
      new RegExp(
        `^${second} +active +versions of credentials: 20 \\(workspaces: 1\\)\\n${first} +retiring +nothing$`,
        'm',
      ),
    )
    expect(await stage.runWith(chosen, 'retire', second)).toMatchObject({
      code: 1,
      err: expect.stringContaining('rotate'),
    })
    expect(await stage.runWith(chosen, 'retire', first)).toMatchObject({ code: 0, err: '' })
    for (const [index, id] of ids.entries()) expect(await stage.openCredential(scope, id)).toBe(`sk-${index}`)

    // And back to the file.
    const back = await stage.run('rewrap')
    expect(back).toMatchObject({ code: 0, out: expect.stringContaining('20 data keys moved under credentials-1') })
    expect(await keyIds()).toEqual(['credentials-1'])
    expect((await stage.run('status')).out).toMatch(
      new RegExp(`^${second} +retiring +nothing\\n[^]*credentials-1 +active`, 'm'),
    )
    for (const [index, id] of ids.entries()) expect(await stage.openCredential(scope, id)).toBe(`sk-${index}`)
  })

  test('that cannot be reached move nothing, say which key it was, and lose nothing', async () => {
    const scope = await stage.makeWorkspace()
    const id = await stage.sealCredential(scope, 'sk-there')
    const unreachable = { ...chosen, HYPONEMA_VAULT_ADDR: 'http://127.0.0.1:9' }
    const { code, err } = await stage.runWith(unreachable, 'rewrap')
    expect([code, err]).toEqual([1, expect.stringMatching(/^keyring\.key_missing: the key hyponema cannot be used/)])
    expect(await stage.openCredential(scope, id)).toBe('sk-there')
  })
})
