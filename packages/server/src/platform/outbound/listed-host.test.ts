import { describe, expect, it } from 'vitest'
import { createOutboundDoor } from './outbound-door.ts'
import type { OutboundRefusal } from './refusal-log.ts'
import { openDoor, workspaceId } from './test-harness/loopback.ts'

const onlyHosts = ['api.example.com', '*.models.example', '93.184.215.14', '[2606:2800:21f:cb07::1]']

describe('a workspace’s own list', () => {
  const asked: string[] = []
  const told: OutboundRefusal[] = []
  const door = createOutboundDoor({
    allow: [],
    ownNames: ['us.models.example'],
    ownAddresses: [],
    resolver: async (host) => {
      asked.push(host)
      return ['93.184.215.99']
    },
    refusalStepMs: 1,
    onRefused: (refusal) => told.push(refusal),
  })

  it.each([
    'https://api.example.com/',
    'https://API.Example.com./v1',
    'wss://eu.models.example/',
    'https://a.b.models.example:8443/',
    'https://93.184.215.14/',
    'https://0x5db8d70e/',
    'https://[2606:2800:21f:cb07:0:0:0:1]/',
  ])('lets %s pass', async (target) => {
    await expect(door.judge(target, { workspaceId, onlyHosts })).resolves.toHaveProperty('host')
  })

  it.each([
    'https://example.com/',
    'https://sub.api.example.com/',
    'https://api.example.com.evil.example/',
    'https://models.example/',
    'https://evilmodels.example/',
    'https://models.example.evil.example/',
    'https://93.184.215.15/',
    'https://[2606:2800:21f:cb07::2]/',
    'wss://other.example/',
  ])('refuses %s as any other target, without asking DNS for it', async (target) => {
    asked.length = 0
    told.length = 0
    await expect(door.judge(target, { workspaceId, onlyHosts })).rejects.toMatchObject({
      code: 'outbound.address_refused',
    })
    expect(asked).toStrictEqual([])
    expect(told).toMatchObject([{ workspaceId, reason: 'not_on_workspace_list' }])
  })

  it('opens nothing: what the installation refuses is refused when it is listed', async () => {
    const list = ['127.0.0.1', 'us.models.example', 'localhost', '[::1]']
    for (const target of ['https://127.0.0.1/', 'https://us.models.example/', 'https://localhost/', 'https://[::1]/']) {
      await expect(door.judge(target, { workspaceId, onlyHosts: list })).rejects.toMatchObject({
        code: 'outbound.address_refused',
      })
    }
  })

  it('narrows what an installation entry opens, too; an empty list lets nothing out', async () => {
    const local = openDoor(['http://127.0.0.1:11434'])
    const target = 'http://127.0.0.1:11434/'
    const judge = (list: readonly string[] | null) => local.judge(target, { workspaceId, onlyHosts: list })
    await expect(judge(null)).resolves.toMatchObject({ port: 11434 })
    await expect(judge(['127.0.0.1'])).resolves.toMatchObject({ port: 11434 })
    for (const list of [[], ['api.example.com']]) {
      await expect(judge(list)).rejects.toMatchObject({ code: 'outbound.address_refused' })
    }
  })

  it('holds for requests and sockets alike', async () => {
    const use = { workspaceId, onlyHosts: ['api.example.com'] }
    await expect(door.fetch({ url: 'https://other.example/' }, use)).rejects.toMatchObject({
      code: 'outbound.address_refused',
    })
    const events = { onMessage: () => undefined, onClose: () => undefined }
    await expect(door.openSocket({ url: 'wss://other.example/', ...events }, use)).rejects.toMatchObject({
      code: 'outbound.address_refused',
    })
  })
})
