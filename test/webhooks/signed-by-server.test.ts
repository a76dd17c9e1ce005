/** What the server makes an endpoint with, and what it then sends, fits what a receiver verifies with. */
import { challengeBodySchema, createdWebhookSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyWebhook } from '../../packages/sdk/src/index.ts'
import { type Api, openApi } from '../api/api-harness.ts'

describe('an endpoint of the API', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const made = async () => {
    const body = { url: 'https://hooks.example/in', event_types: ['*'], asymmetric: true }
    return createdWebhookSchema.parse((await api.a.call('POST', '/v1/webhooks', { body })).body)
  }
  const sent = async (id: string) => {
    await api.a.call('POST', `/v1/webhooks/${id}/verify`, { body: {} })
    const request = api.door.hooks.at(-1)
    if (request === undefined) throw new Error('nothing was sent')
    return { ...request, now: new Date(api.clock.nowMs()) }
  }

  test('is sent a challenge that its secret verifies, and its public key', async () => {
    const { id, secret, public_key: publicKey } = await made()
    const request = await sent(id)
    const challenge = verifyWebhook({ ...request, secrets: secret ?? '' })
    expect(challengeBodySchema.safeParse(challenge).error).toBeUndefined()
    expect(verifyWebhook({ ...request, publicKeys: publicKey ?? '' })).toEqual(challenge)
  })

  test('is not taken for another one', async () => {
    const [one, other] = [await made(), await made()]
    const request = await sent(one.id)
    const mismatch = { code: 'signature_mismatch' }
    expect(() => verifyWebhook({ ...request, secrets: other.secret ?? '' })).toThrow(expect.objectContaining(mismatch))
    const publicKeys = other.public_key ?? ''
    expect(() => verifyWebhook({ ...request, publicKeys })).toThrow(expect.objectContaining(mismatch))
  })

  test('is signed with both secrets while one is rotated', async () => {
    const { id, secret } = await made()
    const path = `/v1/webhooks/${id}/rotate-secret`
    const rotated = await api.a.call('POST', path, { body: { overlap_seconds: 60 } })
    const next = createdWebhookSchema.parse(rotated.body)
    const request = await sent(id)
    for (const one of [secret, next.secret])
      expect(verifyWebhook({ ...request, secrets: one ?? '' }).type).toBe('webhook.challenge')
  })
})
