import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isCriticalAction } from '../../packages/server/src/guards/critical-actions.ts'
import { type Api, openApi } from './api-harness.ts'
import { openSealer } from './seal-log.ts'

const source = fileURLToPath(new URL('../../packages/server/src', import.meta.url))

describe('a critical act', () => {
  const open = async (sealWaitMs: number): Promise<Api> => {
    const api = await openApi({ sealWaitMs })
    onTestFinished(() => api.close())
    return api
  }
  const rotate = async ({ a }: Api) => {
    const credential = await a.makeOperatorToken('owner')
    const body = { label: 'one', scopes: ['agents:read'] }
    const made = await a.call('POST', '/v1/api-keys', { credential, body })
    return a.call('POST', `/v1/api-keys/${/key_[0-9a-z]{26}/.exec(made.text)?.[0]}/rotate`, { credential })
  }
  const sealed = (api: Api, action: string) =>
    api.ask<{ seq: string | null }>(
      `select s.seq from tenant.audit_events e
       left join tenant.audit_seals s on s.workspace_id = e.workspace_id and s.event_id = e.id
       where e.workspace_id = $1 and e.action = $2`,
      [api.a.id, action],
    )

  test('is answered when its event has its number in the tree', async () => {
    const api = await open(20_000)
    const sealer = openSealer(api)
    sealer.start()
    try {
      expect((await rotate(api)).status).toBe(201)
      expect(await sealed(api, 'api_key.rotated')).toEqual([{ seq: expect.stringMatching(/^\d+$/) }])
    } finally {
      await sealer.stop()
    }
    expect(sealer.failures).toEqual([])
    expect(api.logged.join()).not.toContain('before its event was sealed')
  }, 30_000)

  test('is answered all the same when no sealer comes, and the log says so; another act waits for nobody', async () => {
    const api = await open(300)
    expect((await rotate(api)).status).toBe(201)
    expect(await sealed(api, 'api_key.rotated')).toEqual([{ seq: null }])
    const told = api.logged.filter((line) => line.includes('before its event was sealed'))
    expect(told.length).toBe(1)
  })

  test('is one that something does', async () => {
    const files = await readdir(source, { recursive: true })
    const texts = await Promise.all(
      files.filter((file) => file.endsWith('.ts')).map((file) => readFile(join(source, file), 'utf8')),
    )
    const guard = texts.find((text) => text.includes('const criticalActions'))
    const listed = [...(guard ?? '').matchAll(/'([a-z_]+\.[a-z_]+)',/g)].map(([, action]) => action ?? '')
    expect(listed.length).toBeGreaterThan(3)
    for (const action of listed) {
      expect(isCriticalAction(action)).toBe(true)
      expect(
        texts.some((text) => text.includes(`action: '${action}'`)),
        action,
      ).toBe(true)
    }
  })
})
