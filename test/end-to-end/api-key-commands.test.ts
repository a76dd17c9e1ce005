/** The commands of the host for API keys, as processes beside a server that runs; and a pepper that is added while it runs. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeId, encodeId } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readEmbeddedAddress } from '../../packages/server/src/commands/read-embedded-address.ts'
import { parseApiKey } from '../../packages/server/src/guards/api-key-text.ts'
import { openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { ask, newId } from '../isolation/scratch-database.ts'
import { makeHome, removeHome, runCommand, type ServerProcess, startProcess } from './server-process.ts'

const adminSchema = z.looseObject({ superuser: z.object({ user: z.string(), password: z.string() }) })

describe('the commands for API keys', { timeout: 120_000 }, () => {
  let home: string
  let server: ServerProcess
  beforeAll(async () => {
    home = await makeHome()
    server = await startProcess({ home })
  }, 90_000)
  afterAll(async () => {
    await server?.interrupt()
    await removeHome(home)
  }, 60_000)

  const run = (...args: string[]) => runCommand(args, { HYPONEMA_HOME: home })
  const printed = async (...args: string[]): Promise<string> => {
    const { code, output } = await run(...args)
    expect([code, output]).toEqual([0, output])
    return output.trim()
  }
  const statusOf = async (key: string): Promise<number> =>
    (await fetch(`${server.url}/v1/agents`, { headers: { authorization: `Bearer ${key}` } })).status
  const idOf = (key: string): string => {
    const claim = parseApiKey(key)
    if (claim === undefined) throw new Error(`no key: ${key}`)
    return encodeId('apiKey', claim.keyId)
  }
  /** As the superuser, who sees all rows. */
  const rows = async (sql: string, parameters: readonly unknown[] = []) => {
    const address = await readEmbeddedAddress(join(home, 'address.json'))
    if (address === undefined) throw new Error('no database runs')
    const { superuser } = adminSchema.parse(JSON.parse(await readFile(join(home, 'admin.json'), 'utf8')))
    const pool = openLoginPool({ address, login: superuser, limits: { maxConnections: 1 } })
    try {
      return await ask<Record<string, unknown>>(pool, sql, parameters)
    } finally {
      await pool.close()
    }
  }

  test('make, list, rotate and revoke a key', async () => {
    const old = await printed('api-key', 'create', '--label', 'Nightly\u001b[2J', '--scopes', 'agents:read')
    const next = await printed('api-key', 'rotate', idOf(old), '--overlap-seconds', '600')
    expect([await statusOf(old), await statusOf(next)]).toEqual([200, 200])
    expect(await printed('api-key', 'revoke', idOf(old))).toContain('is revoked')
    expect(await printed('api-key', 'revoke', idOf(old))).toContain('is revoked')
    // A running server keeps the row of a key that it has seen for five seconds.
    await expect.poll(() => statusOf(old), { timeout: 20_000, interval: 250 }).toBe(401)
    expect(await statusOf(next)).toBe(200)
    const list = await printed('api-key', 'list')
    const lines = list.split('\n')
    expect(lines[0]).toMatch(
      new RegExp(`^${idOf(next)}  live \\.\\.\\.${next.slice(-4)}  live  .*agents:read  Nightly\\?\\[2J$`),
    )
    expect(lines[1]).toMatch(new RegExp(`^${idOf(old)}  live \\.\\.\\.${old.slice(-4)}  revoked 20`))
    for (const key of [old, next]) expect(list).not.toContain(key.split('_')[3])
  })

  test('say what is wrong when a key or an agent is not there, or is not to be rotated', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { code, output } = await run(...args)
      expect([code, output]).toEqual([1, expect.not.stringContaining('    at ')])
      return output
    }
    const create = ['api-key', 'create', '--scopes', 'agents:read']
    expect(await refused('api-key', 'revoke', encodeId('apiKey', newId()))).toContain('There is no key key_')
    expect(await refused(...create, '--allowed-agents', encodeId('agent', newId()))).toContain('not in this workspace')
    const key = await printed(...create)
    await printed('api-key', 'rotate', idOf(key))
    expect(await refused('api-key', 'rotate', idOf(key))).toContain('has a live successor')
  })

  test('a pepper that is added is in force in a server that runs, and every older key goes on working', async () => {
    const before = await printed('api-key', 'create', '--scopes', 'agents:read')
    const said = await printed('keys', 'rotate', '--purpose', 'api_key_pepper')
    expect(said).toContain('Added api_key_pepper-2')
    expect(await rows("select actor_id from tenant.audit_events where action = 'keyring.key_added'")).toEqual([
      { actor_id: 'hyponema keys rotate' },
    ])
    const after = await printed('api-key', 'create', '--scopes', 'agents:read')
    expect([await statusOf(before), await statusOf(after)]).toEqual([200, 200])
    const { api_key: demoKey } = await server.demo()
    expect(await statusOf(demoKey)).toBe(200)
    const pepperOf = async (key: string) => {
      const [row] = await rows('select pepper_version from tenant.api_keys where id = $1', [
        decodeId('apiKey', idOf(key)),
      ])
      return row?.['pepper_version']
    }
    await expect.poll(() => pepperOf(before), { timeout: 10_000 }).toBe('api_key_pepper-2')
    expect(await statusOf(before)).toBe(200)
  })
})
