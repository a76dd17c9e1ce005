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
      return grant.key !== 'never' && holdsScope(principal.scopes, permission)
    case 'session_token':
      return false
    default:
      return principal satisfies never
  }
}

function holdsScope(scopes: ReadonlySet<Scope>, permission: Permission): boolean {
  if (scopes.has(permission)) return true
  if (permissions[permission].key !== 'ordinary') return false
  const isRead = permission.endsWith(':read')
  return scopes.has('workspace:write') || (isRead && scopes.has('workspace:read'))
}
