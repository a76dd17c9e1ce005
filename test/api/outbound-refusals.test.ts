import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOutboundAudit } from '../../packages/server/src/commands/outbound-audit.ts'
import { createOutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { createLogger } from '../../packages/server/src/platform/telemetry/create-logger.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'

const use = { onlyHosts: null, workspaceId: newId() }

describe('refused outbound targets', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const openDoor = (log = createLogger('silent'), database = api.installation.database) => {
    const audit = createOutboundAudit({
      database,
      clock: api.clock,
      newId,
      log,
      maxWaiting: 10,
    })
    const door = createOutboundDoor({
      allow: [],
      ownNames: [],
      ownAddresses: [],
      clock: api.clock,
      resolver: async () => ['10.0.0.5'],
      refusalStepMs: 1,
      onRefused: audit.add,
    })
    return { audit, door }
  }

  test('stand in the audit log of their workspace with host, reason and number, and in no other', async () => {
    const { audit, door } = openDoor()
    const refuse = (url: string, workspace = api.a) =>
      door.judge(url, { ...use, workspaceId: workspace.id }).catch(() => undefined)
    for (let times = 0; times < 5; times += 1) await refuse('https://Inside.Example./secret?path')
    await refuse('https://user:password@inside.example/')
    await refuse('https://169.254.169.254/', api.b)
    await door.close()
    await audit.close()
    const events = await auditedActions(api, api.a.id, 'outbound.refused')
    expect(events.map(({ after }) => after).toReversed()).toStrictEqual([
      { host: 'inside.example', reason: 'address_refused', times: 1 },
      { host: null, reason: 'unreadable_url', times: 1 },
      { host: 'inside.example', reason: 'address_refused', times: 4 },
    ])
    expect(events[0]).toMatchObject({
      actor: { kind: 'system', id: 'outbound door' },
      target: { kind: 'workspace', id: events[0]?.workspace },
    })
    expect(JSON.stringify(events)).not.toMatch(/secret|password/)
    expect(await auditedActions(api, api.b.id, 'outbound.refused')).toHaveLength(1)
  })

  test('do not tell who reads the audit log of a tenant which names exist inside; the server’s log does', async () => {
    const lines: string[] = []
    const log = createLogger('warn', { write: (line: string) => void lines.push(line) })
    const audit = createOutboundAudit({ database: api.installation.database, clock: api.clock, newId, log })
    const answers: Readonly<Record<string, readonly string[]>> = {
      'nowhere.example': [],
      'inside.example': ['10.0.0.5'],
      'database.example': ['93.184.215.14'],
    }
    const told: number[] = []
    const door = createOutboundDoor({
      allow: [],
      ownNames: [],
      ownAddresses: [{ host: '93.184.215.14', port: undefined }],
      clock: api.clock,
      resolver: async (host) => answers[host] ?? [],
      refusalStepMs: 200,
      onRefused: (refusal) => {
        told.push(performance.now())
        audit.add(refusal)
      },
    })
    const startedAt = performance.now()
    for (const host of Object.keys(answers))
      await door.judge(`https://${host}/`, { ...use, workspaceId: api.b.id }).catch(() => undefined)
    await door.close()
    await audit.close()
    const events = await auditedActions(api, api.b.id, 'outbound.refused')
    const reasons = events.slice(0, 3).map(({ after }) => after?.['reason'])
    expect(reasons).toStrictEqual(['address_refused', 'address_refused', 'address_refused'])
    for (const reason of ['unresolvable', 'address_not_public', 'own_address'])
      expect(lines.some((line) => line.includes(`"${reason}"`))).toBe(true)
    // Nor does the time of the entry tell how long DNS took.
    for (const [index, at] of told.entries()) expect(at - startedAt).toBeGreaterThanOrEqual(200 * (index + 1) - 5)
  })

  test('are read by who may read the audit log', async () => {
    const answer = await api.b.call('GET', '/v1/audit-events?action=outbound.refused')
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('169.254.169.254')
  })

  test('that cannot be written hold nobody up, fill no memory and are told in the log', async () => {
    const lines: string[] = []
    const log = createLogger('warn', { write: (line: string) => void lines.push(line) })
    const away = {
      ...api.installation.database,
      withWorkspace: () => Promise.reject(new Error('the database is away')),
    }
    const { audit, door } = openDoor(log, away)
    await expect(door.judge('https://inside.example/', use)).rejects.toMatchObject({ code: 'outbound.address_refused' })
    const refusal = { workspaceId: use.workspaceId, host: 'x.example', reason: 'unresolvable', times: 1, leftOut: 0 }
    for (let index = 0; index < 50; index += 1) audit.add({ ...refusal, reason: 'unresolvable' })
    expect(lines.filter((line) => line.includes('too many wait')).length).toBeGreaterThanOrEqual(39)
    await door.close()
    await audit.close()
    expect(lines.filter((line) => line.includes('was not written')).length).toBeGreaterThanOrEqual(51)
  })
})
