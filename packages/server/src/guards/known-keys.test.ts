import { describe, expect, it } from 'vitest'
import { testUuid } from '../platform/crypto/test-harness/key-fixtures.ts'
import type { StoredApiKey } from '../platform/postgres/with-unproven.ts'
import { KnownKeys } from './known-keys.ts'

const stored: StoredApiKey = {
  id: testUuid(1),
  mode: 'live',
  secretMac: Buffer.alloc(32),
  pepperVersion: 'pepper-1',
  scopes: ['agents:read'],
  allowedAddresses: null,
  allowedAgents: null,
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
  isCanary: false,
}
const name = { workspaceId: testUuid(2), keyId: stored.id }

describe('the rows of keys that have matched', () => {
  const open = () => {
    const state = { nowMs: 1_000_000 }
    const known = new KnownKeys({ nowMs: () => state.nowMs })
    const pass = (ms: number): void => void (state.nowMs += ms)
    return { known, pass }
  }

  it('serve for five seconds from when they were asked for, and not from when they came', () => {
    const { known, pass } = open()
    const asking = known.ask()
    pass(3_000)
    known.keep(name, stored, asking)
    pass(1_999)
    expect(known.find(name)).toBe(stored)
    pass(1)
    expect(known.find(name)).toBeUndefined()
  })

  it('serve nobody when the clock was set back', () => {
    const { known, pass } = open()
    known.keep(name, stored, known.ask())
    pass(-1)
    expect(known.find(name)).toBeUndefined()
  })

  it('are gone at once when the key was changed here', () => {
    const { known } = open()
    known.keep(name, stored, known.ask())
    known.forget(name)
    expect(known.find(name)).toBeUndefined()
  })

  it('are not kept when the key was changed after they were asked for', () => {
    const { known } = open()
    const asking = known.ask()
    known.forget(name)
    known.keep(name, stored, asking)
    expect(known.find(name)).toBeUndefined()
  })

  it('are found by workspace and key', () => {
    const { known } = open()
    known.keep(name, stored, known.ask())
    expect(known.find({ ...name, workspaceId: testUuid(3) })).toBeUndefined()
    expect(known.find({ ...name, keyId: testUuid(3) })).toBeUndefined()
  })
})
