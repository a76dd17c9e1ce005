/**
 * What a text session says between two messages: `GET /v1/sessions/{id}/events` with the session's `turn` token, as Server-Sent
 * Events. The same token, budgets and origins as for a message (message-routes.ts).
 */
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { apiRouter, edgeCodes, problemResponses } from '../../guards/protected-route.ts'
import { idParamsSchema } from '../../kernel/path-id.ts'
import type { LiveSession } from '../live-session.ts'
import { eventStream } from './event-stream.ts'
import { authorise, checkOriginsOf, corsHeaders, type MessageDependencies, messageCodes } from './message-authority.ts'
import { TextHandOver } from './text-hand-over.ts'

const handOvers = new WeakMap<LiveSession, TextHandOver>()

/** The one of this session; made when its first request comes. */
export function textHandOverOf(session: LiveSession, requestId: string): TextHandOver {
  const known = handOvers.get(session)
  if (known !== undefined) return known
  const made = new TextHandOver(session, requestId)
  handOvers.set(session, made)
  return made
}

function eventsRoute(deps: MessageDependencies) {
  return createRoute({
    method: 'get',
    path: '/v1/sessions/{id}/events',
    tags: ['sessions'],
    summary: 'Read what a person says in place of the agent, and who talks now, as Server-Sent Events',
    security: [{ sessionToken: [] }],
    middleware: [authorise(deps)] as const,
    request: { params: idParamsSchema },
    responses: {
      200: {
        description: 'escalation, turn_start, token, turn_end; open for up to ten minutes, then to be opened again',
        content: { 'text/event-stream': { schema: z.string() } },
      },
      ...problemResponses([...edgeCodes, ...messageCodes]),
    },
  })
}

export function eventRoutes(deps: MessageDependencies) {
  return apiRouter().openapi(eventsRoute(deps), async (context) => {
    const { origin, requestId } = context.get('request')
    const session = await deps.host.join({
      ...context.get('claims'),
      kind: 'turn',
      checkOrigins: checkOriginsOf(deps, context),
    })
    return new Response(eventStream(textHandOverOf(session, requestId).open()), {
      headers: {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
        ...corsHeaders(origin),
      },
    })
  })
}
