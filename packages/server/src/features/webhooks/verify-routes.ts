import {
  createdWebhookSchema,
  disableWebhookSchema,
  enableWebhookSchema,
  rotateWebhookSecretSchema,
  type Uuid,
  verifyWebhookSchema,
  webhookSchema,
  webhookVerificationSchema,
} from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { callerOfEveryAgent } from '../../guards/caller-of-every-agent.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { type apiRouter, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import { idParamsSchema, pathId } from '../../kernel/path-id.ts'
import type { CredentialSealer } from '../../platform/crypto/credential-sealer.ts'
import { disableWebhook } from './disable-webhook.ts'
import { enableWebhook } from './enable-webhook.ts'
import { readWebhook } from './read-webhook.ts'
import { renderVerification, renderWebhook, renderWithSecret } from './render-webhook.ts'
import { rotateWebhookSecret } from './rotate-webhook-secret.ts'
import { type ChallengeDependencies, sendChallenge } from './send-challenge.ts'
import { type Challenged, finishChallenge, startChallenge } from './verify-webhook.ts'

export type VerifyDependencies = ChallengeDependencies & {
  readonly mutations: Mutations
  readonly sealer: CredentialSealer
}

const tags = ['webhooks']
const permission = 'webhooks:admin'

const verify = protectedRoute(
  { permission, codes: ['api_key.agent_refused', 'outbound.budget_exceeded'] },
  {
    method: 'post',
    path: '/v1/webhooks/{id}/verify',
    tags,
    summary: 'Send a signed challenge; an endpoint that echoes it is enabled',
    request: { params: idParamsSchema, body: { ...jsonBody(verifyWebhookSchema), required: false } },
    responses: {
      200: json(webhookVerificationSchema, 'What came of it; a wrong answer is no failure of this request'),
    },
  },
)

const rotate = protectedRoute(
  { permission, codes: ['api_key.agent_refused', 'webhook.too_many_secrets'] },
  {
    method: 'post',
    path: '/v1/webhooks/{id}/rotate-secret',
    tags,
    summary: 'Make a new secret; requests are signed with the old one too until the overlap ends',
    request: { params: idParamsSchema, body: { ...jsonBody(rotateWebhookSecretSchema), required: false } },
    responses: { 201: json(createdWebhookSchema, 'The endpoint; its new secret is shown here only') },
  },
)

const disable = protectedRoute(
  { permission, codes: ['api_key.agent_refused'] },
  {
    method: 'post',
    path: '/v1/webhooks/{id}/disable',
    tags,
    summary: 'Send nothing more to an endpoint; what it is owed waits',
    request: { params: idParamsSchema, body: { ...jsonBody(disableWebhookSchema), required: false } },
    responses: { 200: json(webhookSchema, 'The disabled endpoint') },
  },
)

const enable = protectedRoute(
  { permission, codes: ['api_key.agent_refused', 'webhook.not_verified'] },
  {
    method: 'post',
    path: '/v1/webhooks/{id}/enable',
    tags,
    summary: 'Send again to an endpoint that was verified; its failures are forgotten',
    request: { params: idParamsSchema, body: { ...jsonBody(enableWebhookSchema), required: false } },
    responses: { 200: json(webhookSchema, 'The enabled endpoint') },
  },
)

export function addVerifyRoutes(app: ReturnType<typeof apiRouter>, deps: VerifyDependencies): void {
  addVerifying(app, deps)
  addRotating(app, deps)
  addSwitches(app, deps)
}

function addVerifying(app: ReturnType<typeof apiRouter>, deps: VerifyDependencies): void {
  app.openapi(verify, async (context) => {
    const id = pathId('webhook', context.req.valid('param').id)
    const acting = { ...callerOfEveryAgent(context), route: 'POST /v1/webhooks/{id}/verify', input: { id } }
    let challenged: Challenged | undefined
    const repeated = await deps.mutations.run({
      ...acting,
      work: async (tx) => {
        challenged = await startChallenge(tx, id)
        return id
      },
      read: async (tx) => renderVerification(await readWebhook(tx, id), undefined),
    })
    if (challenged === undefined) return context.json(repeated, 200)
    const { webhook, endpoint } = challenged
    const result = await sendChallenge(deps, endpoint)
    const answer = await deps.mutations.run({
      ...acting,
      idempotencyKey: undefined,
      work: async (tx) => {
        await finishChallenge(tx, { challenged: webhook, result, clock: deps.clock })
        return id
      },
      read: async (tx) => renderVerification(await readWebhook(tx, id), result),
    })
    return context.json(answer, 200)
  })
}

function addRotating(app: ReturnType<typeof apiRouter>, deps: VerifyDependencies): void {
  app.openapi(rotate, async (context) => {
    const id = pathId('webhook', context.req.valid('param').id)
    const body = rotateWebhookSecretSchema.parse(context.req.valid('json') ?? {})
    const { principal, ...request } = callerOfEveryAgent(context)
    let secret: string | undefined
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/webhooks/{id}/rotate-secret',
      status: 201,
      input: { id, body },
      work: async (tx) => {
        secret = await rotateWebhookSecret(tx, { ...deps, principal, id, body })
        return id
      },
      read: async (tx) => renderWithSecret(await readWebhook(tx, id), secret),
    })
    return context.json(answer, 201)
  })
}

function addSwitches(app: ReturnType<typeof apiRouter>, deps: VerifyDependencies): void {
  const switched = (work: (tx: AuditedTx, id: Uuid) => Promise<Uuid>, route: string, context: Switching) => {
    const id = pathId('webhook', context.id)
    return deps.mutations.run({
      ...context.caller,
      route,
      input: { id },
      work: (tx) => work(tx, id),
      read: async (tx) => renderWebhook(await readWebhook(tx, id)),
    })
  }
  app.openapi(disable, async (context) => {
    const { id } = context.req.valid('param')
    const work = (tx: AuditedTx, one: Uuid) => disableWebhook(tx, { id: one, clock: deps.clock })
    const answer = await switched(work, 'POST /v1/webhooks/{id}/disable', { id, caller: callerOfEveryAgent(context) })
    return context.json(answer, 200)
  })
  app.openapi(enable, async (context) => {
    const { id } = context.req.valid('param')
    const work = (tx: AuditedTx, one: Uuid) => enableWebhook(tx, { id: one, clock: deps.clock })
    const answer = await switched(work, 'POST /v1/webhooks/{id}/enable', { id, caller: callerOfEveryAgent(context) })
    return context.json(answer, 200)
  })
}

type Switching = { readonly id: string; readonly caller: ReturnType<typeof callerOfEveryAgent> }
