import {
  encodeId,
  memberSchema,
  ownMembershipSchema,
  pageQuerySchema,
  pageSchema,
  type Uuid,
  updateMemberSchema,
} from '@hyponema/contract'
import type { Context } from 'hono'
import type { MembershipCache } from '../../guards/membership-cache.ts'
import { apiRouter, caller, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import { AppError } from '../../kernel/app-error.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import { idParamsSchema, notFound, pathId } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { ApiEnv } from '../../kernel/request-context.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { endAllSessions, endSessionsIn } from './end-all-sessions.ts'
import { type InviteDependencies, inviteRoutes } from './invite-routes.ts'
import { readWorkspace } from './read-workspace.ts'
import { removeMember } from './remove-member.ts'
import { renderMember, renderOwnMembership } from './render-member.ts'
import { findMember, listMembers } from './store.ts'
import { updateMember } from './update-member.ts'

export type MemberDependencies = InviteDependencies & {
  readonly memberships: MembershipCache
  /** Every workspace that a person belongs to; sign-in knows. */
  readonly workspacesOf: (identityId: Uuid) => Promise<readonly Uuid[]>
}

const tags = ['members']

const readOwn = protectedRoute(
  { permission: 'own_memberships:read' },
  {
    method: 'get',
    path: '/v1/members/me',
    tags,
    summary: 'Read who asks: its own membership',
    responses: { 200: json(ownMembershipSchema, 'The member whose access token this is') },
  },
)

const leave = protectedRoute(
  { permission: 'own_memberships:write', codes: ['member.last_owner'] },
  {
    method: 'delete',
    path: '/v1/members/me',
    tags,
    summary: 'Leave the workspace; the last owner cannot',
    responses: { 204: { description: 'Left' } },
  },
)

const signOutEverywhere = protectedRoute(
  { permission: 'own_memberships:write' },
  {
    method: 'post',
    path: '/v1/members/me/sign-out-everywhere',
    tags,
    summary: 'End every sign-in of the person who asks, in all its workspaces',
    responses: { 204: { description: 'Signed out, on this browser too' } },
  },
)

const list = protectedRoute(
  { permission: 'members:read' },
  {
    method: 'get',
    path: '/v1/members',
    tags,
    summary: 'List members, newest first',
    request: { query: pageQuerySchema },
    responses: { 200: json(pageSchema(memberSchema), 'One page of members') },
  },
)

const read = protectedRoute(
  { permission: 'members:read' },
  {
    method: 'get',
    path: '/v1/members/{id}',
    tags,
    summary: 'Read a member',
    request: { params: idParamsSchema },
    responses: { 200: json(memberSchema, 'The member') },
  },
)

const change = protectedRoute(
  { permission: 'members:write', codes: ['member.role_refused', 'member.last_owner'] },
  {
    method: 'patch',
    path: '/v1/members/{id}',
    tags,
    summary: 'Change the role of a member; its access tokens end at once',
    request: { params: idParamsSchema, body: jsonBody(updateMemberSchema) },
    responses: { 200: json(memberSchema, 'The member') },
  },
)

const remove = protectedRoute(
  { permission: 'members:write', codes: ['member.role_refused', 'member.last_owner'] },
  {
    method: 'delete',
    path: '/v1/members/{id}',
    tags,
    summary: 'Remove a member with its sign-ins; it is out at once',
    request: { params: idParamsSchema },
    responses: { 204: { description: 'Gone' } },
  },
)

export function memberRoutes(deps: MemberDependencies) {
  const app = apiRouter()
  // Before the routes with an id, which `me` would be one of.
  answerOwn(app, deps)
  answerMembers(app, deps)
  app.route('/', inviteRoutes(deps))
  return app
}

type Router = ReturnType<typeof apiRouter>

function answerOwn(app: Router, deps: MemberDependencies): void {
  app.openapi(readOwn, async (context) => {
    const { scope } = context.get('principal')
    const operator = operatorOf(context)
    const answer = await deps.database.withWorkspace(scope, async (tx) => {
      const [member, workspace] = await Promise.all([findMember(tx, operator.id), readWorkspace(tx)])
      if (member === undefined) throw goneMember()
      return renderOwnMembership(member, { id: encodeId('workspace', workspace.id), name: workspace.name })
    })
    return context.json(answer, 200)
  })
  app.openapi(leave, async (context) => {
    const { id } = operatorOf(context)
    await removeOne(deps, context, { id, route: 'DELETE /v1/members/me' })
    return context.body(null, 204)
  })
  app.openapi(signOutEverywhere, async (context) => {
    const { id, scope } = operatorOf(context)
    const member = await deps.database.withWorkspace(scope, (tx) => findMember(tx, id))
    if (member === undefined) throw goneMember()
    const { identityId } = member
    const { principal, ...request } = caller(context)
    const elsewhere = (await deps.workspacesOf(identityId)).filter((workspaceId) => workspaceId !== scope.workspaceId)
    await endSessionsIn(deps, { identityId, workspaceIds: elsewhere, request: request.request })
    // This workspace last: until then the person who asks can ask again.
    await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/members/me/sign-out-everywhere',
      status: 204,
      input: null,
      work: async (tx) => {
        await endAllSessions(tx, { membershipId: id, clock: deps.clock })
        return null
      },
      read: async () => undefined,
    })
    deps.memberships.forget({ workspaceId: scope.workspaceId, id })
    return context.body(null, 204)
  })
}

function answerMembers(app: Router, deps: MemberDependencies): void {
  app.openapi(list, async (context) => {
    const { cursor, limit } = context.req.valid('query')
    const page = { cursor: readCursor(cursor), limit }
    const rows = await deps.database.withWorkspace(context.get('principal').scope, (tx) => listMembers(tx, page))
    return context.json(pageOf(rows, limit, renderMember), 200)
  })
  app.openapi(read, async (context) => {
    const id = pathId('operator', context.req.valid('param').id)
    const answer = await deps.database.withWorkspace(context.get('principal').scope, (tx) => readMember(tx, id))
    return context.json(answer, 200)
  })
  app.openapi(change, async (context) => {
    const id = pathId('operator', context.req.valid('param').id)
    const { role } = context.req.valid('json')
    const { principal, ...request } = caller(context)
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'PATCH /v1/members/{id}',
      input: { id, role },
      work: (tx) => updateMember(tx, { principal, clock: deps.clock, id, role }),
      read: (tx) => readMember(tx, id),
    })
    deps.memberships.forget({ workspaceId: principal.scope.workspaceId, id })
    return context.json(answer, 200)
  })
  app.openapi(remove, async (context) => {
    const id = pathId('operator', context.req.valid('param').id)
    await removeOne(deps, context, { id, route: 'DELETE /v1/members/{id}' })
    return context.body(null, 204)
  })
}

async function removeOne(
  deps: MemberDependencies,
  context: Context<ApiEnv>,
  { id, route }: { id: Uuid; route: string },
): Promise<void> {
  const { principal, ...request } = caller(context)
  await deps.mutations.run({
    ...request,
    principal,
    route,
    status: 204,
    input: { id },
    work: async (tx) => {
      await removeMember(tx, { principal, clock: deps.clock, id })
      return null
    },
    read: async () => undefined,
  })
  deps.memberships.forget({ workspaceId: principal.scope.workspaceId, id })
}

/** The matrix lets no key and no session token in here. */
function operatorOf(context: Context<ApiEnv>): Principal & { kind: 'operator' } {
  const principal = context.get('principal')
  if (principal.kind !== 'operator') throw new AppError('api_key.scope_missing', 'only operators have a membership')
  return principal
}

function goneMember(): AppError {
  return new AppError('member.token_stale', 'the member who asks is gone')
}

async function readMember(tx: WorkspaceTx, id: Uuid) {
  const row = await findMember(tx, id)
  if (row === undefined) throw notFound('operator')
  return renderMember(row)
}
