/** Endpoints of webhooks: made, verified, sent to, failing, rotated and deleted. Their signing secrets are secrets like any other. */
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { CanaryWorld } from './canary-world.ts'
import type { Marker } from './marker.ts'

const madeSchema = z.object({ id: z.string(), secret: z.string() })

/** Two endpoints that receive everything from now on, one with both kinds of signatures and one that hears nothing. */
export async function openWebhooks(world: CanaryWorld): Promise<readonly string[]> {
  const { receiver, operator } = world
  const urls = [`${receiver.url}/first`, `${receiver.url}/second`, 'http://127.0.0.1:1/nobody']
  const ids: string[] = []
  for (const [nth, url] of urls.entries()) {
    const body = { url, event_types: ['*'], asymmetric: nth === 0, ordered: nth === 1 }
    const answer = await operator('POST', '/v1/webhooks', body)
    const made = madeSchema.safeParse(answer.body)
    // Where no entry of the installation opens it, it is not made.
    if (!made.success) continue
    world.markers.push(signingSecret(`the signing secret ${nth}`, made.data.secret))
    await operator('POST', `/v1/webhooks/${made.data.id}/verify`, {})
    ids.push(made.data.id)
  }
  if (ids.length < 2) throw new Error('no endpoint was made')
  return ids
}

/** After the conversations: events of tests, a rotation, a replay, and what has been kept of the answers. */
export async function useWebhooks(world: CanaryWorld, ids: readonly string[]): Promise<void> {
  const { operator, receiver } = world
  const [first = '', second = ''] = ids
  for (const type of ['session.completed', 'credential.failing'])
    await operator('POST', `/v1/webhooks/${first}/test`, { type })
  const rotated = madeSchema.parse((await operator('POST', `/v1/webhooks/${first}/rotate-secret`, {})).body)
  world.markers.push(signingSecret('a rotated signing secret', rotated.secret))
  await operator('POST', `/v1/webhooks/${first}/replay`, { since: new Date(Date.now() - 3_600_000).toISOString() })
  const isSent = (): boolean => receiver.received.some((text) => text.includes('session.completed'))
  for (let tries = 0; !isSent(); tries += 1) {
    if (tries > 400) throw new Error('no event was delivered')
    await pause(50)
  }
  for (const id of [first, second])
    for (const noun of ['deliveries', 'attempts']) await operator('GET', `/v1/webhooks/${id}/${noun}`)
  await operator('PATCH', `/v1/webhooks/${second}`, { url: `${receiver.url}/third` })
  await operator('POST', `/v1/webhooks/${second}/disable`, {})
  await operator('DELETE', `/v1/webhooks/${second}`)
  await operator('GET', '/v1/webhooks')
}

/** Its text and its bytes. */
function signingSecret(name: string, text: string): Marker {
  const digits = text.replace(/^whsec_/, '')
  return { name, forms: [Buffer.from(digits), Buffer.from(digits, 'base64')] }
}
