import type { Brand, Uuid } from '@hyponema/contract'

/**
 * The workspace that an authenticated principal belongs to. Made only where a key or token has been proved
 * (`provenScope`), by the worker from a dispatch row, and by commands on the host.
 */
export type WorkspaceScope = Brand<{ readonly workspaceId: Uuid }, 'WorkspaceScope'>

/** The workspace that an unverified key claims. It can only reach the one look-up that proves or refuses the key. */
export type UnprovenScope = Brand<{ readonly workspaceId: Uuid }, 'UnprovenScope'>

/** Turns a checked workspace id into a scope. Callers are listed in test/architecture. */
export function provenScope(workspaceId: Uuid): WorkspaceScope {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the one maker of WorkspaceScope
  return { workspaceId } as WorkspaceScope
}

export function unprovenScope(workspaceId: Uuid): UnprovenScope {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the one maker of UnprovenScope
  return { workspaceId } as UnprovenScope
}
