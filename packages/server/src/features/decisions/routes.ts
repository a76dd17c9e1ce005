import { encodeId, pageQuerySchema, pageSchema, storedDecisionSchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { ContentKeys, UserContentKey } from '../../guards/content-keys.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { apiRouter, caller, json, protectedRoute } from '../../guards/protected-route.ts'
import { idParamsSchema } from '../../kernel/path-id.ts'
import { readContentPage } from '../sessions/public.ts'
import { openDecision } from './seal-decision.ts'
import { type DecisionRow, listDecisions } from './store.ts'

const list = protectedRoute(
  { permission: 'decisions:read', codes: ['request.not_found'] },
  {
    method: 'get',
    path: '/v1/sessions/{id}/decisions',
    tags: ['decisions'],
    summary: 'Read what the policy engine decided, newest first, blocked words included; the reading is audited',
    request: { params: idParamsSchema, query: pageQuerySchema },
    responses: { 200: json(pageSchema(storedDecisionSchema), 'One page of decisions') },
  },
)

export function decisionRoutes(deps: { readonly mutations: Mutations; readonly contentKeys: ContentKeys }) {
  return apiRouter().openapi(list, async (context) => {
    const answer = await readContentPage(deps, {
      caller: caller(context),
      id: context.req.valid('param').id,
      asked: context.req.valid('query'),
      route: 'GET /v1/sessions/{id}/decisions',
      action: 'decision.opened',
      list: listDecisions,
      render: renderDecision,
    })
    return context.json(answer, 200)
  })
}

function renderDecision(row: DecisionRow, key: UserContentKey): z.infer<typeof storedDecisionSchema> {
  const content = row.content === null ? undefined : openDecision(key, row.id, row.content, 'review')
  return {
    id: encodeId('decision', row.id),
    session_id: encodeId('session', row.sessionId),
    turn_id: row.turnId === null ? null : encodeId('turn', row.turnId),
    stage: row.stage,
    action: row.action,
    rule_ids: [...row.ruleIds],
    mode: row.mode,
    floor: row.floor,
    policy_sha256: row.policySha256.toString('hex'),
    engine_us: row.engineUs,
    characters_heard: content?.characters_heard ?? 0,
    decision: content?.decision ?? null,
    blocked_text: content?.blocked_text ?? null,
    replayable: content?.asked != null,
    created_at: row.createdAt.toISOString(),
  }
}
