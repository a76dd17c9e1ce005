/** Rotation of key-encryption keys on an installation whose server runs: seal, rotate, retire, open. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { type KeysStage, openKeysStage } from './keys-stage.ts'

const statusSchema = z.array(
  z.object({
    id: z.string(),
    purpose: z.string(),
    state: z.enum(['active', 'retiring', 'unlisted']),
    created_at: z.string().nullable(),
    uses: z.array(z.object({ what: z.string(), rows: z.number(), workspaces: z.number() })),
  }),
)

describe('the keys of an installation', { timeout: 60_000 }, () => {
  let stage: KeysStage
  let one: WorkspaceScope
  let other: WorkspaceScope
  beforeAll(async () => {
    stage = await openKeysStage()
  })
  afterAll(() => stage.close())
  beforeEach(async () => {
    ;[one, other] = [await stage.makeWorkspace(), await stage.makeWorkspace()]
  })

  const status = async () => {
    const { code, out, err } = await stage.run('status', '--json')
    expect([code, err]).toEqual([0, ''])
    return statusSchema.parse(JSON.parse(out))
  }
  const usesOf = async (id: string) => (await status()).find((key) => key.id === id)?.uses
  const activeOf = async (purpose: string) =>
    (await status()).find((key) => key.purpose === purpose && key.state === 'active')?.id
  const audited = async (action: string) =>
    (
      await stage.ask<{ event: { after: Record<string, unknown> } }>(
        `select convert_from(canonical, 'UTF8')::json as event from tenant.audit_events where action = $1 order by id`,
        [action],
      )
    ).map(({ event }) => event.after)

  test('seal, rotate, retire, open: everything opens in a server that went on running', async () => {
    const [first, second] = [await stage.sealCredential(one, 'sk-one'), await stage.sealCredential(other, 'sk-other')]
    const user = await stage.makeUser(one)
    const before = await activeOf('credentials')
    const payloads = () => stage.ask('select credential_id, sealed from tenant.credential_versions order by 1')
    const sealed = await payloads()

    const rotated = await stage.run('rotate')
    expect([rotated.code, rotated.err]).toEqual([0, ''])
    const after = await activeOf('credentials')
    expect(after).not.toBe(before)
    expect(rotated.out).toContain(`Added ${after ?? ''}`)
    expect(rotated.out).toMatch(/^\d+ data keys moved under credentials-\d+\.$/m)
    expect(await usesOf(before ?? '')).toEqual([])
    expect(await payloads()).toEqual(sealed)
    expect([await stage.openCredential(one, first), await stage.openCredential(other, second)]).toEqual([
      'sk-one',
      'sk-other',
    ])

    const tooEarly = await stage.run('retire', before ?? '')
    expect([tooEarly.code, tooEarly.err]).toEqual([1, expect.stringContaining('less than a minute ago')])
    await stage.ageKeys(61_000)
    const retired = await stage.run('retire', before ?? '')
    expect([retired.code, retired.err]).toEqual([0, ''])
    expect(retired.out).toContain('older copy')
    expect((await stage.readEntries()).map(({ id }) => id)).not.toContain(before)
    expect(await stage.openCredential(one, first)).toBe('sk-one')
    expect(await stage.openCredential(other, await stage.sealCredential(other, 'sk-new'))).toBe('sk-new')
    await stage.openUser(one, user)
    expect((await audited('keyring.key_added')).at(-1)).toEqual({ key_id: after })
    expect((await audited('keyring.keys_moved')).at(-1)).toMatchObject({ to: after, unreadable: 0 })
    expect((await audited('keyring.key_retired')).at(-1)).toEqual({ key_id: before })
  })

  test('of persons move with their epoch, the keys of the workspace too', async () => {
    const users = [await stage.makeUser(one), await stage.makeUser(one), await stage.makeUser(other)]
    const before = (await activeOf('epoch')) ?? ''
    const uses = await usesOf(before)
    expect(uses).toContainEqual({ what: 'keys of users', rows: expect.any(Number), workspaces: expect.any(Number) })
    expect(uses).toContainEqual({
      what: 'keys of workspaces',
      rows: expect.any(Number),
      workspaces: expect.any(Number),
    })
    expect((await stage.run('rotate', '--purpose', 'epoch')).code).toBe(0)
    expect(await usesOf(before)).toEqual([])
    await stage.ageKeys(61_000)
    expect((await stage.run('retire', before)).code).toBe(0)
    for (const [index, user] of users.entries()) await stage.openUser(index < 2 ? one : other, user)
  })

  test('that seal the signing keys are changed without changing one of those', async () => {
    const before = (await activeOf('signing')) ?? ''
    expect(await usesOf(before)).toEqual([
      { what: 'signing keys', rows: 1, workspaces: 0 },
      { what: 'evidence keys', rows: 1, workspaces: 0 },
    ])
    const { id, privateKey } = await stage.installation.signingKeys.signing()
    const inUse = await stage.run('rotate', '--purpose', 'signing', '--add-only')
    expect(inUse.out).toContain('keys rewrap --purpose signing')
    await stage.ageKeys(61_000)
    const refused = await stage.run('retire', before)
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('signing keys: 1')])
    expect((await stage.run('rewrap', '--purpose', 'signing')).out).toContain('2 signing keys moved under signing-2')
    expect((await stage.run('retire', before)).code).toBe(0)
    const again = await stage.installation.signingKeys.signing()
    expect(again.id).toBe(id)
    expect(again.privateKey.equals(privateKey)).toBe(true)
    expect(await readFile(stage.files.signingKeys, 'utf8')).not.toContain(before)
  })

  test('of several hosts: added first, moved when every host has the file', async () => {
    const id = await stage.sealCredential(one, 'sk-hosts')
    const before = (await activeOf('credentials')) ?? ''
    const added = await stage.run('rotate', '--add-only')
    expect([added.code, added.out]).toEqual([0, expect.stringContaining('keys rewrap --purpose credentials')])
    expect(await usesOf(before)).not.toEqual([])
    await stage.ageKeys(61_000)
    const refused = await stage.run('retire', before)
    expect(refused.code).toBe(1)
    expect(refused.err).toMatch(
      /still in use: versions of credentials: \d+ \(workspaces: \d+\).*keys rewrap --purpose credentials/,
    )
    expect((await stage.readEntries()).map((entry) => entry.id)).toContain(before)
    expect((await stage.run('rewrap')).code).toBe(0)
    expect((await stage.run('retire', before)).code).toBe(0)
    expect(await stage.openCredential(one, id)).toBe('sk-hosts')
  })

  test('that sign tokens are rotated under one name, and end every token where that is asked', async () => {
    const { id } = await stage.installation.signingKeys.signing()
    const rotated = await stage.run('rotate', '--purpose', 'session_tokens')
    expect([rotated.code, rotated.out]).toEqual([
      0,
      expect.stringContaining(`Still verified, for tokens that live: ${id}`),
    ])
    const ended = await stage.run('rotate', '--purpose', 'session_tokens', '--end-all-tokens')
    expect(ended.out).toContain('every token before has ended')
  })

  test.each<[string, string[], RegExp]>([
    [
      'a key that is not there',
      ['retire', 'credentials-99'],
      /There is no key credentials-99\. There are: credentials-/,
    ],
    ['no id', ['retire'], /keys retire ID/],
    ['two ids', ['retire', 'a', 'b'], /keys retire ID/],
    ['a purpose that is none', ['rotate', '--purpose', 'webhooks'], /--purpose is one of credentials, epoch/],
    [
      'peppers, which move as they are used',
      ['rewrap', '--purpose', 'api_key_pepper'],
      /--purpose is one of credentials, epoch, signing/,
    ],
    ['to end tokens by another key', ['rotate', '--end-all-tokens'], /--purpose session_tokens/],
    ['to add only what signs at once', ['rotate', '--purpose', 'session_tokens', '--add-only'], /--add-only/],
    ['no verb', [], /keys status/],
    ['another verb', ['destroy'], /keys status/],
  ])('refuse %s', async (_name, args, message) => {
    const text = await readFile(stage.files.keyring, 'utf8')
    const { code, err } = await stage.run(...args)
    expect([code, err]).toEqual([1, expect.stringMatching(message)])
    expect(await readFile(stage.files.keyring, 'utf8')).toBe(text)
  })

  test.each(['credentials', 'epoch', 'api_key_pepper', 'signing'])(
    'do not lose the one that seals for %s',
    async (purpose) => {
      const { code, err } = await stage.run('retire', (await activeOf(purpose)) ?? '')
      expect([code, err]).toEqual([1, expect.stringContaining(`keys rotate --purpose ${purpose}`)])
    },
  )

  test('leave the canaries of the prover out, whose rows open with nothing', async () => {
    const before = (await activeOf('credentials')) ?? ''
    const [canary, credential] = [(await stage.makeWorkspace()).workspaceId, '0190b5a0-0000-7000-8000-00000000000a']
    await stage.ask('insert into tenant.workspaces (workspace_id, name, is_canary) values ($1, $2, true)', [
      credential,
      'Canary',
    ])
    await stage.ask(
      `insert into tenant.credentials (workspace_id, id, kind, provider, label, hint, created_by) values ($1, $2, 'model', 'x', 'x', '', 'x')`,
      [credential, canary],
    )
    await stage.ask(
      `insert into tenant.credential_versions (workspace_id, credential_id, version, sealed, wrapped_key, kek_id, hint, created_by)
       values ($1, $2, 1, '\\x00', '\\x00', $3, '', 'x')`,
      [credential, canary, before],
    )
    expect((await stage.run('rotate')).code).toBe(0)
    expect(await usesOf(before)).toEqual([])
  })

  test('are shown with their age and what stands under them', async () => {
    await stage.sealCredential(one, 'sk-shown')
    await stage.ageKeys(3 * 24 * 60 * 60 * 1000)
    const { out } = await stage.run('status')
    expect(out).toMatch(/^credentials-\d+ +active +\d+ days {2}versions of credentials: \d+ \(workspaces: \d+\)$/m)
    expect(out).toMatch(/^api_key_pepper-1 +active +\d+ days {2}nothing$/m)
  })
})
