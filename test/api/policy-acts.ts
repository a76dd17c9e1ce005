import { z } from 'zod'
import type { Api } from './api-harness.ts'

const madeSchema = z.object({ id: z.string() })

/** The acts of policies and the event that each leaves; part of audit-trail.test.ts. */
export const policyActs = {
  'POST /v1/policies': { action: 'policy.created', run: async (api: Api) => created(api) },
  'PATCH /v1/policies/{id}': {
    action: 'policy.updated',
    run: async (api: Api) => api.a.call('PATCH', await pathOf(api), { body: { document: {} } }),
  },
  'DELETE /v1/policies/{id}': {
    action: 'policy.deleted',
    run: async (api: Api) => api.a.call('DELETE', await pathOf(api)),
  },
  'POST /v1/policies/{id}/publish': {
    action: 'policy.published',
    run: async (api: Api) => published(api, await pathOf(api)),
  },
  'POST /v1/policies/{id}/rollback': {
    action: 'policy.rolled_back',
    run: async (api: Api) => {
      const path = await pathOf(api)
      await published(api, path)
      return api.a.call('POST', `${path}/rollback`, { body: { version: null } })
    },
  },
  'POST /v1/policies/{id}/shadow': {
    action: 'policy.shadowed',
    run: async (api: Api) => {
      const path = await pathOf(api)
      await published(api, path)
      return api.a.call('POST', `${path}/shadow`, { body: { version: 1, share: 5 } })
    },
  },
  'POST /v1/policies/{id}/replay': {
    action: 'policy.replayed',
    run: async (api: Api) => api.a.call('POST', `${await pathOf(api)}/replay`, { body: { sessions: 1 } }),
  },
}

let made = 0
function nextName(): string {
  made += 1
  return `audited-${made}`
}

function created(api: Api) {
  return api.a.call('POST', '/v1/policies', { body: { name: nextName() } })
}

async function pathOf(api: Api): Promise<string> {
  return `/v1/policies/${madeSchema.parse((await created(api)).body).id}`
}

function published(api: Api, path: string) {
  return api.a.call('POST', `${path}/publish`, { body: {} })
}
