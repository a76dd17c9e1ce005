import { encodeId, pageQuerySchema, pageSchema, turnTraceSchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { ContentKeys, UserContentKey } from '../../guards/content-keys.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { apiRouter, caller, json, protectedRoute } from '../../guards/protected-route.ts'
import { idParamsSchema } from '../../kernel/path-id.ts'
import { readContentPage } from '../sessions/public.ts'
import { openTrace } from './seal-trace.ts'
import { listTraces, type TraceRow } from './store.ts'

const list = protectedRoute(
  { permission: 'traces:read', codes: ['request.not_found'] },
  {
    method: 'get',
    path: '/v1/sessions/{id}/traces',
    tags: ['traces'],
    summary: 'Read what ran in each turn, newest turn first; the reading is audited',
    request: { params: idParamsSchema, query: pageQuerySchema },
    responses: { 200: json(pageSchema(turnTraceSchema), 'One page of traces') },
  },
)

export function traceRoutes(deps: { readonly mutations: Mutations; readonly contentKeys: ContentKeys }) {
  return apiRouter().openapi(list, async (context) => {
    const answer = await readContentPage(deps, {
      caller: caller(context),
      id: context.req.valid('param').id,
      asked: context.req.valid('query'),
      route: 'GET /v1/sessions/{id}/traces',
      action: 'trace.opened',
      list: listTraces,
      render: renderTrace,
    })
    return context.json(answer, 200)
  })
}

function renderTrace(row: TraceRow, key: UserContentKey): z.infer<typeof turnTraceSchema> {
  const content = row.content === null ? undefined : openTrace(key, row.id, row.content, 'review')
  return {
    turn_id: encodeId('turn', row.id),
    session_id: encodeId('session', row.sessionId),
    started_at: new Date(content?.startedAtMs ?? row.createdAt.getTime()).toISOString(),
    spans: [...(content?.spans ?? [])],
    dropped_spans: content?.dropped ?? 0,
  }
}
