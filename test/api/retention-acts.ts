import { z } from 'zod'
import type { Api } from './api-harness.ts'

const madeSchema = z.object({ id: z.string() })

/** The acts of retention and the event that each leaves; part of audit-trail.test.ts. */
export const retentionActs = {
  'PUT /v1/retention': {
    action: 'retention.changed',
    run: async (api: Api) => api.a.call('PUT', '/v1/retention', { body: { preset: 'standard' } }),
  },
  'POST /v1/legal-holds': { action: 'legal_hold.created', run: newHold },
  'POST /v1/legal-holds/{id}/release': {
    action: 'legal_hold.released',
    run: async (api: Api) =>
      api.a.call('POST', `/v1/legal-holds/${madeSchema.parse((await newHold(api)).body).id}/release`),
  },
}

async function newHold(api: Api) {
  return api.a.call('POST', '/v1/legal-holds', { body: { reason: 'a court asked' } })
}
