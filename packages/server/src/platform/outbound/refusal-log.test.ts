import { describe, expect, it } from 'vitest'
import { createOutboundDoor } from './outbound-door.ts'
import { type OutboundRefusal, RefusalLog } from './refusal-log.ts'
import { otherWorkspaceId, workspaceId } from './test-harness/loopback.ts'

function openLog() {
  const told: OutboundRefusal[] = []
  const clock = { at: 0, nowMs: () => clock.at }
  const log = new RefusalLog((refusal) => told.push(refusal), clock)
  const refuse = (host: string, workspace = workspaceId) =>
    log.add({ workspaceId: workspace, host, reason: 'address_not_public' })
  return { log, told, clock, refuse }
}

describe('refusals', () => {
  it('are told once at first and then with their number after a minute', () => {
    const { log, told, clock, refuse } = openLog()
    for (let times = 0; times < 3; times += 1) refuse('127.0.0.1')
    clock.at = 60_000
    refuse('127.0.0.1')
    log.close()
    const alike = { workspaceId, host: '127.0.0.1', reason: 'address_not_public', leftOut: 0 }
    expect(told).toStrictEqual([
      { ...alike, times: 1 },
      { ...alike, times: 2 },
      { ...alike, times: 1 },
    ])
  })

  it('are forgotten after a quiet minute, and the next is told at once', () => {
    const { told, clock, refuse } = openLog()
    refuse('a.example')
    clock.at = 61_000
    refuse('b.example')
    refuse('a.example')
    expect(told.map(({ host }) => host)).toStrictEqual(['a.example', 'b.example', 'a.example'])
  })

  it('of one workspace are twenty entries a minute at most, no refusal is lost from the count, and another has its own room', () => {
    const { log, told, clock, refuse } = openLog()
    for (let host = 0; host < 300; host += 1) refuse(`h${host}.example`)
    expect(told).toHaveLength(20)
    refuse('theirs.example', otherWorkspaceId)
    expect(told).toHaveLength(21)
    clock.at = 60_000
    refuse('late.example')
    log.close()
    const own = told.filter((refusal) => refusal.workspaceId === workspaceId)
    expect(own.length).toBeLessThanOrEqual(40)
    expect(own.reduce((sum, { times, leftOut }) => sum + times + leftOut, 0)).toBe(301)
  })

  it('stand even when they cannot be told', async () => {
    const door = createOutboundDoor({
      allow: [],
      ownNames: [],
      ownAddresses: [],
      refusalStepMs: 1,
      onRefused: () => {
        throw new Error('the log is full')
      },
    })
    await expect(door.judge('https://127.0.0.1/', { workspaceId, onlyHosts: null })).rejects.toMatchObject({
      code: 'outbound.address_refused',
    })
    await door.close()
  })
})
