import { encodeId, pageQuerySchema, pageSchema, turnSchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { ContentKeys, UserContentKey } from '../../guards/content-keys.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { apiRouter, caller, json, protectedRoute } from '../../guards/protected-route.ts'
import { idParamsSchema } from '../../kernel/path-id.ts'
import { readContentPage } from '../sessions/public.ts'
import { openToolCalls, openTurnText } from './seal-turn.ts'
import { listTurns, type TurnRow } from './store.ts'

const list = protectedRoute(
  { permission: 'transcripts:read', codes: ['request.not_found'] },
  {
    method: 'get',
    path: '/v1/sessions/{id}/turns',
    tags: ['turns'],
    summary: 'Read the transcript, oldest turn first; the reading is audited',
    request: { params: idParamsSchema, query: pageQuerySchema },
    responses: { 200: json(pageSchema(turnSchema), 'One page of finished turns') },
  },
)

export function turnRoutes(deps: { readonly mutations: Mutations; readonly contentKeys: ContentKeys }) {
  return apiRouter().openapi(list, async (context) => {
    const answer = await readContentPage(deps, {
      caller: caller(context),
      id: context.req.valid('param').id,
      asked: context.req.valid('query'),
      route: 'GET /v1/sessions/{id}/turns',
      action: 'transcript.opened',
      list: listTurns,
      render: renderTurn,
    })
    return context.json(answer, 200)
  })
}

function renderTurn(row: TurnRow, key: UserContentKey): z.infer<typeof turnSchema> {
  return {
    id: encodeId('turn', row.id),
    session_id: encodeId('session', row.sessionId),
    sequence: row.sequence,
    role: row.role,
    status: row.status,
    text: openTurnText(key, row.id, row.content, 'review'),
    tool_calls: openToolCalls(key, row.id, row.toolPayloads, 'review').map(({ call_id, name, status }) => ({
      call_id,
      name,
      status,
    })),
    started_at: row.startedAt.toISOString(),
    ended_at: row.endedAt.toISOString(),
  }
}
