/**
 * Threat: a principal does what its role or its key's scopes do not allow.
 * Rule: every route names one permission of the matrix in `contract`; what the matrix does not grant is denied.
 * On failure: api_key.scope_missing or request.not_found for principals that may not know the route; nothing is read.
 */
import { type Permission, permissions, type Scope } from '@hyponema/contract'
import type { MiddlewareHandler } from 'hono'
import { AppError } from '../kernel/app-error.ts'
import type { Principal } from '../kernel/principal.ts'
import type { ApiEnv } from '../kernel/request-context.ts'

export function requirePermission(permission: Permission): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    if (!isAllowed(context.get('principal'), permission)) {
      throw new AppError('api_key.scope_missing', `principal may not ${permission}`)
    }
    await next()
  }
}

/** Reads the matrix. Deny by default: session tokens have no permission at all, they open one session's own routes only. */
export function isAllowed(principal: Principal, permission: Permission): boolean {
  const grant = permissions[permission]
  switch (principal.kind) {
    case 'system':
      return true
    case 'operator':
      return grant.roles.some((role) => role === principal.role)
    case 'api_key':
      return holdsScope(principal.scopes, permission)
    case 'session_token':
      return false
    default:
      return principal satisfies never
  }
}

/**
 * Whether a principal may put this scope on a key: it may itself do all that the scope gives. A text that is no scope gives
 * nothing.
 */
export function mayHandOut(principal: Principal, scope: string): boolean {
  return Object.keys(permissions)
    .filter(isPermission)
    .filter((permission) => gives(scope, permission))
    .every((permission) => isAllowed(principal, permission))
}

function isPermission(text: string): text is Permission {
  return Object.hasOwn(permissions, text)
}

function holdsScope(scopes: ReadonlySet<Scope>, permission: Permission): boolean {
  return [...scopes].some((scope) => gives(scope, permission))
}

function gives(scope: string, permission: Permission): boolean {
  const { key } = permissions[permission]
  if (key === 'never') return false
  if (scope === permission) return true
  if (key !== 'ordinary') return false
  return scope === 'workspace:write' || (scope === 'workspace:read' && permission.endsWith(':read'))
}
