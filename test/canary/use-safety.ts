/** Policies, floors, people who are called in and contact, with the commands of the host about them: none of them may hold a key. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { liveEscalationsPath, operatorSubprotocol, tokenSubprotocolPrefix } from '@hyponema/contract'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { publishAgent } from '../end-to-end/published-agent.ts'
import type { CanaryWorld } from './canary-world.ts'
import { openSession, seal } from './hold-conversations.ts'
import { tokenMarker } from './marker.ts'

const madeSchema = z.object({ id: z.string() })
const ticketSchema = z.object({ ticket: z.string() })
const listSchema = z.object({ data: z.array(madeSchema) })

export async function useSafety(world: CanaryWorld): Promise<void> {
  const agentId = await publishAgent(world.call, 'Guarded', {
    persona: { prompt: 'You are brief.' },
    model: {
      kind: 'openai_compatible',
      provider: 'custom',
      base_url: `${world.wires.model.url}/v1`,
      model: 'any',
      credential_id: await seal(world, 'model', 'aimock'),
    },
    policy: { escalation_rules: [{ name: 'wish', triggers: { explicit_wish: true } }] },
  })
  const policyId = await usePolicies(world, agentId)
  const session = await openSession(world, agentId)
  for (const text of ['a forbidden word', 'I want to talk to a human']) {
    const said = { method: 'POST', credential: session.token, body: { text } }
    await world.recorder.send(`/v1/sessions/${session.id}/messages`, said)
  }
  await answerCalls(world)
  for (const noun of ['turns', 'decisions', 'traces']) await world.call('GET', `/v1/sessions/${session.id}/${noun}`)
  await world.call('POST', `/v1/sessions/${session.id}/end`, {})
  await contactPeople(world, agentId)
  await runPolicyCommands(world)
  await world.operator('POST', `/v1/policies/${policyId}/replay`, { sessions: 20 })
  await world.operator('POST', `/v1/policies/${policyId}/rollback`, { version: null })
  await world.operator('DELETE', `/v1/policies/${policyId}`)
}

/** A policy through its life; one that names a key where none belongs is refused. */
async function usePolicies({ operator, keys }: CanaryWorld, agentId: string): Promise<string> {
  const zone = {
    name: 'words',
    phrases: ['forbidden word'],
    stages: ['input', 'output'],
    action: 'redirect',
    line: 'No.',
  }
  const body = { name: 'guard', document: { no_go_zones: [zone] }, agents: [agentId] }
  const { id } = madeSchema.parse((await operator('POST', '/v1/policies', body)).body)
  await operator('PATCH', `/v1/policies/${id}`, { text: `no_go_zones: [${keys.internal_api}` })
  await operator('POST', `/v1/policies/${id}/check`, {})
  await operator('POST', `/v1/policies/${id}/publish`, {})
  await operator('POST', `/v1/policies/${id}/shadow`, { share: 100 })
  await operator('GET', `/v1/policies/${id}/diff`)
  await operator('GET', `/v1/agents/${agentId}/diff`)
  await operator('POST', `/v1/policies/${id}/shadow`, { share: 0 })
  return id
}

async function answerCalls(world: CanaryWorld): Promise<void> {
  const { operator } = world
  await openLive(world, await takeTicket(world, 'a live ticket that is in use'))
  const spent = await takeTicket(world, 'a live ticket')
  const first = await openLive(world, spent)
  first.close()
  await once(first, 'close')
  // It is refused: it was used.
  await openLive(world, spent)
  const [called] = listSchema.parse((await operator('GET', '/v1/escalations')).body).data
  if (called === undefined) throw new Error('nobody was called')
  const path = `/v1/escalations/${called.id}`
  await operator('POST', `${path}/claim`, {})
  await operator('POST', `${path}/messages`, { text: 'A person speaks.' })
  await operator('GET', `${path}/messages`)
  await operator('POST', `${path}/return`, {})
}

async function takeTicket({ operator, markers }: CanaryWorld, name: string): Promise<string> {
  const { ticket } = ticketSchema.parse((await operator('POST', '/v1/escalations/live-tickets', {})).body)
  markers.push(tokenMarker(name, ticket))
  return ticket
}

/** Resolves when the first frame has come, or the refusal. One that nobody closes is open until the server stops. */
async function openLive({ server, recorder }: CanaryWorld, ticket: string): Promise<WebSocket> {
  const protocols = [operatorSubprotocol, `${tokenSubprotocolPrefix}${ticket}`]
  const url = `${server.url.replace(/^http/, 'ws')}${liveEscalationsPath}`
  const socket = new WebSocket(url, protocols, { headers: { origin: server.url } })
  const answered = Promise.withResolvers<void>()
  socket.on('message', (data: Buffer) => {
    recorder.add('live socket', data.toString())
    answered.resolve()
  })
  socket.on('close', (code, reason) => {
    recorder.add('live socket, closed', `${code} ${reason.toString()}`)
    answered.resolve()
  })
  await answered.promise
  return socket
}

async function contactPeople({ operator }: CanaryWorld, agentId: string): Promise<void> {
  const asked = { agent_id: agentId, user_id: 'canary', number: '+4930123456', country: 'DE', subject: 'a matter' }
  const { id } = madeSchema.parse((await operator('POST', '/v1/contact-attempts', asked)).body)
  for (const outcome of ['placed', 'reached'])
    await operator('POST', `/v1/contact-attempts/${id}/outcome`, { outcome, do_not_contact: outcome === 'reached' })
  await operator('GET', `/v1/contact-attempts/${id}`)
  await operator('POST', '/v1/contact-attempts', asked)
}

/** Of a policy file that is right, and of one that has a key in it. */
async function runPolicyCommands(world: CanaryWorld): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hyponema-canary-'))
  const right = join(folder, 'policy.yaml')
  await writeFile(right, 'no_go_zones:\n  - { name: more, phrases: [another word], action: redirect, line: No. }\n')
  await world.command('policy', 'check', right)
  await world.command('policy', 'replay', '--policy', right, '--last', '20')
  await world.command('policy', 'explain', world.keys.internal_api)
  for (const words of [['set', right], ['show'], ['clear']]) await world.command('floors', ...words)
  await rm(folder, { recursive: true })
}
