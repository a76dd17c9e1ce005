import { encodeId } from '@hyponema/contract'
import type { Principal } from './principal.ts'

/** How a principal is written in the audit log and in `created_by`: its kind and its public id. */
export function principalName(principal: Principal): { readonly kind: Principal['kind']; readonly id: string } {
  switch (principal.kind) {
    case 'api_key':
      return { kind: principal.kind, id: encodeId('apiKey', principal.id) }
    case 'operator':
      return { kind: principal.kind, id: encodeId('operator', principal.id) }
    case 'session_token':
      return { kind: principal.kind, id: encodeId('session', principal.sessionId) }
    case 'system':
      return { kind: principal.kind, id: principal.name }
    default:
      return principal satisfies never
  }
}
