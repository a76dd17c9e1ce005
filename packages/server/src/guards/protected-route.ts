/**
 * Threat: a route is reachable without a decision about who may use it, or answers bad input with our inner words.
 * Rule: a route of the workspace API is declared here with its permission, which is checked before its body is read; what the
 * schemas refuse becomes a problem document with one JSON pointer each.
 * On failure: api_key.scope_missing or request.invalid; the handler does not run.
 */

import { createRoute, OpenAPIHono, type RouteConfig } from '@hono/zod-openapi'
import { type ErrorCode, errorCatalogue, type Permission, problemSchema } from '@hyponema/contract'
import type { Context } from 'hono'
import type { z } from 'zod'
import { AppError } from '../kernel/app-error.ts'
import { fieldErrors } from '../kernel/field-errors.ts'
import type { ApiEnv } from '../kernel/request-context.ts'
import { requirePermission } from './permission.ts'
import { uploadedBody } from './uploaded-body.ts'
import { wellFormedBody } from './well-formed-body.ts'

/** What the edge may answer whatever the route. */
export const edgeCodes = [
  'request.host_refused',
  'request.rate_limited',
  'request.media_type',
  'request.too_large',
  'request.timeout',
  'request.malformed',
  'request.invalid',
  'server.draining',
  'server.database_unavailable',
  'server.internal',
] as const satisfies readonly ErrorCode[]

/** What any route may answer that asks for a key or an operator's token. */
const credentialCodes = [
  'api_key.missing',
  'api_key.invalid',
  'api_key.used_in_browser',
  'api_key.address_refused',
  'api_key.scope_missing',
  'member.token_stale',
  'keyring.key_missing',
] as const satisfies readonly ErrorCode[]

/** What every audited transaction may answer; some readings are audited too. */
const transactionCodes = ['request.conflict', 'credential.sealed_unreadable'] as const satisfies readonly ErrorCode[]

/** What every change may answer, because every change takes an Idempotency-Key. */
const changeCodes = ['idempotency.mismatch', 'idempotency.in_progress'] as const satisfies readonly ErrorCode[]

/** A router whose schema failures are problem documents with a JSON pointer each. */
export function apiRouter(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return
      const base = result.target === 'json' ? '' : `/${result.target}`
      throw new AppError('request.invalid', `${result.target} refused by the schema`, {
        errors: fieldErrors(result.error, base === '/param' || base === '/query' ? '' : base),
      })
    },
  })
}

/**
 * Declares a route of the workspace API: its permission is checked before the handler and stands in the OpenAPI document
 * as `x-permission`; its body is read after that. `codes` are the refusals that this route adds to those that every route
 * of its method may answer with.
 */
export function protectedRoute<const Path extends string, const Route extends Omit<RouteConfig, 'path'>>(
  options: {
    readonly permission: Permission
    readonly codes?: readonly ErrorCode[]
    /** The body is a file in place of JSON; its path stands in request-edge.ts. */
    readonly takesFile?: true
  },
  route: Route & { path: Path },
) {
  return createRoute({
    ...route,
    middleware: [requirePermission(options.permission), options.takesFile ? uploadedBody() : wellFormedBody()] as const,
    security: [{ workspaceKey: [] }, { operatorToken: [] }],
    'x-permission': options.permission,
    responses: { ...problemResponses([...everyCode(route), ...(options.codes ?? [])]), ...route.responses },
  })
}

function everyCode({ method, path }: { method: RouteConfig['method']; path: string }): readonly ErrorCode[] {
  return [
    ...edgeCodes,
    ...credentialCodes,
    ...transactionCodes,
    ...(path.includes('{') ? (['request.not_found'] as const) : []),
    ...(method === 'get' ? [] : changeCodes),
  ]
}

/** One OpenAPI response per status, listing its codes. */
export function problemResponses(codes: readonly ErrorCode[]): RouteConfig['responses'] {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of new Set(codes)) {
    const { status } = errorCatalogue[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      status,
      {
        description: list.map((code) => `\`${code}\`: ${errorCatalogue[code].title}`).join('\n\n'),
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  )
}

/** A JSON answer of the given schema. */
export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

/** A JSON request body that must be there. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } }
}

/** Who calls and under which idempotency key: what every mutation needs of a request. */
export function caller(context: Context<ApiEnv>) {
  return {
    principal: context.get('principal'),
    request: context.get('request'),
    idempotencyKey: context.req.header('idempotency-key'),
  }
}
