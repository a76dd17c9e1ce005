import type { Api } from './api-harness.ts'
import type { Answer } from './call-api.ts'
import { publishedAgent } from './made-things.ts'
import { calledPerson } from './two-workspaces.ts'

const onEscalation = async (
  api: Api,
  verb: string,
  { isClaimed = false, body = {} }: { isClaimed?: boolean; body?: object } = {},
) => {
  const path = `/v1/escalations/${await calledPerson(api, api.a, await publishedAgent(api.a))}`
  if (isClaimed) await api.a.call('POST', `${path}/claim`, { body: {} })
  return api.a.call('POST', `${path}/${verb}`, { body })
}

/** One success of every act on an escalation, and what the audit log calls it. */
export const escalationActs: Readonly<
  Record<string, { readonly action: string; readonly run: (api: Api) => Promise<Answer> }>
> = {
  'POST /v1/escalations/{id}/claim': { action: 'escalation.claimed', run: (api) => onEscalation(api, 'claim') },
  'POST /v1/escalations/{id}/messages': {
    action: 'escalation.answered',
    run: async (api) => onEscalation(api, 'messages', { isClaimed: true, body: { text: 'Hello.' } }),
  },
  'POST /v1/escalations/{id}/release': {
    action: 'escalation.released',
    run: (api) => onEscalation(api, 'release', { isClaimed: true }),
  },
  'POST /v1/escalations/{id}/return': {
    action: 'escalation.returned',
    run: (api) => onEscalation(api, 'return', { isClaimed: true }),
  },
  'POST /v1/escalations/live-tickets': {
    action: 'escalation.watched',
    run: (api) => api.a.call('POST', '/v1/escalations/live-tickets', { body: {} }),
  },
  'POST /v1/escalations/{id}/resolve': {
    action: 'escalation.resolved',
    run: (api) => onEscalation(api, 'resolve', { body: { outcome: 'dismissed' } }),
  },
}
