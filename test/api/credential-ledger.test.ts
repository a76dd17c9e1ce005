/** Openings are written behind the sessions that make them, by a database that may be away for a while. */
import { credentialSchema, decodeId, type Uuid } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { CredentialLedger, type HeldVersion } from '../../packages/server/src/conversation/credential-ledger.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import type { Database } from '../../packages/server/src/platform/postgres/database.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { createdSession, publishedAgent } from './made-things.ts'

const patience = { timeout: 10_000 }

describe('the ledger of credentials', () => {
  let api: Api
  let held: HeldVersion
  let isAway = false
  let asked = 0
  const logged: string[] = []
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const open = async (): Promise<CredentialLedger> => {
    const body = { kind: 'model', provider: 'custom', label: 'l', secret: 'sk-12345678' }
    const credential = await api.a.makeOperatorToken('admin')
    const made = credentialSchema.parse((await api.a.call('POST', '/v1/credentials', { credential, body })).body)
    const credentialId = decodeId('credential', made.id)
    if (credentialId === undefined) throw new Error('no credential')
    const session = await createdSession(api.a, await publishedAgent(api.a))
    held = { scope: api.a.scope, sessionId: session.uuid, credentialId, version: 1, purpose: 'model' }
    const withWorkspace: Database['withWorkspace'] = (scope, work) => {
      asked += 1
      return isAway ? Promise.reject(new Error('away')) : api.installation.database.withWorkspace(scope, work)
    }
    const epochKeys = keyringKeyService(api.installation.keyring, 'epoch')
    return new CredentialLedger({
      database: { withWorkspace },
      clock: api.clock,
      newId,
      contentKeys: createContentKeys({ epochKeys, newId }),
      log: (message) => void logged.push(message),
    })
  }
  const counted = async (id: Uuid): Promise<readonly number[]> =>
    (
      await api.ask<{ openings: number }>('select openings from tenant.credential_openings where credential_id = $1', [
        id,
      ])
    ).map(({ openings }) => openings)
  const firsts = async (): Promise<number> =>
    (await api.ask(`select 1 from tenant.audit_events where action = 'credential.opened'`)).length

  test('writes by itself what nobody takes', async () => {
    const ledger = await open()
    ledger.opened(held)
    ledger.opened(held)
    await vi.waitFor(async () => expect(await counted(held.credentialId)).toEqual([2]), patience)
  })

  test('loses nothing while the database is away, and counts nothing twice', async () => {
    const ledger = await open()
    const before = await firsts()
    isAway = true
    for (let time = 0; time < 3; time += 1) {
      ledger.opened(held)
      ledger.write()
    }
    await vi.waitFor(() => expect(logged.length).toBeGreaterThanOrEqual(3), patience)
    expect(await counted(held.credentialId)).toEqual([])
    isAway = false
    await ledger.flush()
    expect(await counted(held.credentialId)).toEqual([3])
    expect(await firsts()).toBe(before + 1)
  })

  test('a stop does not wait for a database that stays away', async () => {
    const ledger = await open()
    isAway = true
    ledger.opened(held)
    await ledger.flush()
    isAway = false
    expect(await counted(held.credentialId)).toEqual([])
  })

  test('what a commit has taken is not written twice, and what it puts back is written', async () => {
    const ledger = await open()
    const mine = ledger.forSession(held.scope, held.sessionId)
    ledger.opened(held)
    const taken = mine.take()
    expect(taken).toMatchObject([{ openings: 1, version: 1, purpose: 'model' }])
    expect(mine.take()).toEqual([])
    await ledger.flush()
    expect(await counted(held.credentialId)).toEqual([])
    mine.putBack(taken)
    ledger.opened(held)
    await ledger.flush()
    expect(await counted(held.credentialId)).toEqual([2])
  })

  test('what belongs to a credential that was deleted meanwhile stops nobody', async () => {
    const ledger = await open()
    ledger.opened(held)
    await api.ask('delete from tenant.credentials where id = $1', [held.credentialId])
    logged.length = 0
    await ledger.flush()
    expect([logged, await counted(held.credentialId)]).toEqual([[], []])
  })

  test('a key that works costs the database nothing', async () => {
    const ledger = await open()
    const before = asked
    ledger.worked(held, false)
    await ledger.flush()
    expect(asked).toBe(before)
    ledger.refused(held, 'rejected')
    ledger.refused(held, 'rejected')
    await ledger.flush()
    expect(asked).toBe(before + 1)
    ledger.worked(held, false)
    ledger.worked(held, false)
    await ledger.flush()
    expect(asked).toBe(before + 2)
  })
})
