import { policyReplaySchema, replayPolicySchema } from '@hyponema/contract'
import { callerOfEveryAgent } from '../../guards/caller-of-every-agent.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { isAllowed } from '../../guards/permission.ts'
import { type apiRouter, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import { AppError } from '../../kernel/app-error.ts'
import { idParamsSchema, notFound, pathId } from '../../kernel/path-id.ts'
import { replayPolicy, type TalkReader } from './replay-policy.ts'
import { findPolicy, findPolicyVersion } from './store.ts'

const replay = protectedRoute(
  {
    permission: 'policies:read',
    codes: ['request.not_found', 'policy.version_not_found', 'policy.does_not_compile', 'api_key.agent_refused'],
  },
  {
    method: 'post',
    path: '/v1/policies/{id}/replay',
    tags: ['policies'],
    summary:
      'What a version or the draft would have changed in the newest sessions; needs decisions:read and transcripts:read; audited',
    request: { params: idParamsSchema, body: { ...jsonBody(replayPolicySchema), required: false } },
    responses: { 200: json(policyReplaySchema, 'Turns about which it decides otherwise, side by side') },
  },
)

export type ReplayDependencies = {
  readonly mutations: Mutations
  readonly talks: TalkReader
  /** Monotone milliseconds. */
  readonly nowMs: () => number
}

export function addReplay(app: ReturnType<typeof apiRouter>, deps: ReplayDependencies): void {
  app.openapi(replay, async (context) => {
    const called = callerOfEveryAgent(context)
    for (const permission of ['decisions:read', 'transcripts:read'] as const)
      if (!isAllowed(called.principal, permission))
        throw new AppError('api_key.scope_missing', `principal may not ${permission}`)
    const id = pathId('policy', context.req.valid('param').id)
    const asked = replayPolicySchema.parse(context.req.valid('json') ?? {})
    const { talks, nowMs } = deps
    const done: { answer?: Awaited<ReturnType<typeof replayPolicy>> } = {}
    await deps.mutations.run({
      ...called,
      // Another reading each time: a key would have nothing to give back.
      idempotencyKey: undefined,
      route: 'POST /v1/policies/{id}/replay',
      input: { id, asked },
      work: async (tx) => {
        const policy = await findPolicy(tx, id)
        if (policy === undefined) throw notFound('policy')
        const version = asked.version === undefined ? undefined : await findPolicyVersion(tx, id, asked.version)
        if (asked.version !== undefined && version === undefined)
          throw new AppError('policy.version_not_found', `no version ${asked.version}`)
        const tried = { document: version?.document ?? policy.draft, version: version?.version ?? 0 }
        done.answer = await replayPolicy(tx, { policy, ...tried, sessions: asked.sessions, talks, nowMs })
        return null
      },
      read: () => Promise.resolve(undefined),
    })
    if (done.answer === undefined) throw new AppError('server.internal', 'the replay has no answer')
    return context.json(done.answer, 200)
  })
}
