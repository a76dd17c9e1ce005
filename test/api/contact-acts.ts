import { z } from 'zod'
import type { Api } from './api-harness.ts'
import type { Answer } from './call-api.ts'
import { publishedAgent } from './made-things.ts'

const madeSchema = z.object({ id: z.string() })

/** The acts of contact and the event that each leaves; part of audit-trail.test.ts. */
export const contactActs = {
  'POST /v1/contact-attempts': { action: 'contact.reserved', run: newAttempt },
  'POST /v1/contact-attempts/{id}/outcome': {
    action: 'contact.reported',
    run: async (api: Api) => api.a.call('POST', `${await attemptPath(api)}/outcome`, { body: { outcome: 'placed' } }),
  },
  'POST /v1/contact-attempts/{id}/cancel': {
    action: 'contact.cancelled',
    run: async (api: Api) => api.a.call('POST', `${await attemptPath(api)}/cancel`),
  },
  'POST /v1/users/{id}/consents': {
    action: 'consent.given',
    run: async (api: Api) => {
      const user = await api.a.call('POST', '/v1/users', { body: { external_id: 'agreed' } })
      const { id } = madeSchema.parse(user.body)
      return api.a.call('POST', `/v1/users/${id}/consents`, { body: { state: 'given', proof: 'a form' } })
    },
  },
}

async function attemptPath(api: Api): Promise<string> {
  return `/v1/contact-attempts/${madeSchema.parse((await newAttempt(api)).body).id}`
}

async function newAttempt(api: Api): Promise<Answer> {
  const agent = await publishedAgent(api.a)
  return api.a.call('POST', '/v1/contact-attempts', { body: { agent_id: agent.id, user_id: 'contacted' } })
}
