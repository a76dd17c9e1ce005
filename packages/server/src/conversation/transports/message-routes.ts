/**
 * Text turns: `POST /v1/sessions/{id}/messages` with the session's `turn` token, answered as Server-Sent Events.
 * Who may send one stands in message-authority.ts.
 */
import { createRoute } from '@hono/zod-openapi'
import { sendMessageSchema } from '@hyponema/contract'
import type { Context } from 'hono'
import { z } from 'zod'
import { apiRouter, edgeCodes, jsonBody, problemResponses } from '../../guards/protected-route.ts'
import { wellFormedBody } from '../../guards/well-formed-body.ts'
import { AppError } from '../../kernel/app-error.ts'
import { idParamsSchema } from '../../kernel/path-id.ts'
import type { TurnInput } from '../live-session.ts'
import { textHandOverOf } from './event-routes.ts'
import { eventStream } from './event-stream.ts'
import { authorise, checkOriginsOf, corsHeaders, type MessageDependencies, messageCodes } from './message-authority.ts'

function sendRoute(deps: MessageDependencies) {
  return createRoute({
    method: 'post',
    path: '/v1/sessions/{id}/messages',
    tags: ['sessions'],
    summary: 'Say something and read the answer as Server-Sent Events',
    security: [{ sessionToken: [] }],
    middleware: [authorise(deps), wellFormedBody()] as const,
    request: { params: idParamsSchema, body: jsonBody(sendMessageSchema) },
    responses: {
      200: {
        description: 'turn_start, token, tool_call, tool_result, guard, turn_end, error; see the SessionEvent schemas',
        content: { 'text/event-stream': { schema: z.string() } },
      },
      ...problemResponses([...edgeCodes, ...messageCodes]),
    },
  })
}

export function messageRoutes(deps: MessageDependencies) {
  const app = apiRouter()
  app.options('/v1/sessions/:id/messages', preflight('POST'))
  app.options('/v1/sessions/:id/events', preflight('GET'))
  return app.openapi(sendRoute(deps), async (context) => {
    const { origin, requestId } = context.get('request')
    const claims = context.get('claims')
    const checkOrigins = checkOriginsOf(deps, context)
    const session = await deps.host.join({ ...claims, kind: 'turn', checkOrigins })
    textHandOverOf(session, requestId)
    const queue = session.answer(turnInput(context.req.valid('json')), requestId)
    return new Response(eventStream(queue), {
      headers: {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
        ...corsHeaders(origin),
      },
    })
  })
}

function preflight(method: 'GET' | 'POST') {
  return (context: Context): Response => {
    const origin = context.req.header('origin')
    if (origin === undefined || !isWellFormedOrigin(origin))
      throw new AppError('session.origin_refused', 'preflight without an origin')
    return context.body(null, 204, {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Allow-Methods': method,
      'Access-Control-Allow-Headers': 'Authorization, Content-Type',
      'Access-Control-Max-Age': '600',
      Vary: 'Origin',
    })
  }
}

function turnInput(body: z.infer<typeof sendMessageSchema>): TurnInput {
  if ('keypad' in body) return { kind: 'message', text: body.keypad, how: 'keypad' }
  return 'text' in body ? { kind: 'message', text: body.text } : { kind: 'start' }
}

function isWellFormedOrigin(origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).origin === origin
}
