/**
 * Threat: a key gets a right that is not in its row, or a text in its row becomes one.
 * Rule: the scopes of the matrix that stand in the row, and the agents that it names; null names all of them.
 * On failure: a scope that nobody knows is none. Whether the key was proved is for the caller to say, who has the scope of its workspace.
 */
import { permissions, type Scope } from '@hyponema/contract'
import type { Principal } from '../kernel/principal.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import type { StoredApiKey } from '../platform/postgres/with-unproven.ts'

export function keyPrincipal(stored: StoredApiKey, scope: WorkspaceScope): Principal & { kind: 'api_key' } {
  return {
    kind: 'api_key',
    scope,
    id: stored.id,
    scopes: new Set(stored.scopes.filter(isScope)),
    agents: stored.allowedAgents === null ? undefined : new Set(stored.allowedAgents),
  }
}

function isScope(text: string): text is Scope {
  return Object.hasOwn(permissions, text) || text === 'workspace:read' || text === 'workspace:write'
}
