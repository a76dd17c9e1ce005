import { type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  challengeBodySchema,
  erasedEventBodySchema,
  eventBodySchema,
  eventCatalogue,
  eventTypes,
  idSchema,
} from '@hyponema/contract'
import type { ApiEnv } from '../kernel/request-context.ts'

/** The three headers of the Standard Webhooks specification. */
const signedHeaders = z.strictObject({
  'webhook-id': idSchema('event').meta({
    description: 'The id of the event; the same at every attempt and replay, so what to remember for doing it once',
  }),
  'webhook-timestamp': z
    .string()
    .regex(/^(?:0|[1-9]\d{0,11})$/)
    .meta({
      description: 'When this attempt was sent, in whole seconds since 1970; refuse what is over five minutes away',
      example: '1769860800',
    }),
  'webhook-signature': z.string().max(2255).meta({
    description:
      'Signatures over `id.timestamp.body` with one space between: `v1,` and the base64 of HMAC-SHA-256 under the `whsec_` secret, `v1a,` and that of Ed25519 under the key of `whpk_`. Several while a secret is rotated: one that fits is enough',
    example: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  }),
})

const responses = {
  '2XX': { description: 'Taken. Nothing else counts as success, and a redirect is not followed' },
  410: { description: 'Nobody wants these any more: the endpoint is disabled' },
  default: {
    description: 'Not taken: tried again at up to ten times over a day; `Retry-After` is honoured up to a day',
  },
}

const head = { id: 'evt_01jd3v8c3dj6q1p5a2z7f8e9r0', created_at: '2026-01-31T12:00:00.000Z' }

/** Adds the `webhooks` of OpenAPI 3.1: each type of event, from the catalogue that the server records with. */
export function describeWebhooks(registry: OpenAPIHono<ApiEnv>['openAPIRegistry']): void {
  for (const type of eventTypes) {
    const { when, example } = eventCatalogue[type]
    const schema = z.union([eventBodySchema(type), erasedEventBodySchema])
    const content = { 'application/json': { schema, example: { ...head, type, data: example } } }
    register(registry, { name: type, summary: `Sent when ${when}`, content })
  }
  const challenge = { ...head, type: 'webhook.challenge', data: { challenge: 'A'.repeat(43) } }
  register(registry, {
    name: 'webhook.challenge',
    summary: 'Sent when an endpoint is verified; answer with the challenge',
    content: { 'application/json': { schema: challengeBodySchema, example: challenge } },
  })
}

function register(
  registry: OpenAPIHono<ApiEnv>['openAPIRegistry'],
  webhook: {
    name: string
    summary: string
    content: { 'application/json': { schema: z.ZodType; example: unknown } }
  },
): void {
  const { name, summary, content } = webhook
  const request = { headers: signedHeaders, body: { required: true, content } }
  registry.registerWebhook({
    method: 'post',
    path: name,
    tags: ['webhooks'],
    summary,
    security: [],
    request,
    responses,
  })
}
