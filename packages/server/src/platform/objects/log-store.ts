import type { Uuid } from '@hyponema/contract'

/**
 * Keeps the public face of a workspace's audit log under the names that C2SP tlog-tiles gives: `checkpoint` and `tile/...`. Nothing
 * in it is secret, and nothing vouches for it but the signature of the checkpoint. All of it may throw
 * `server.storage_unavailable` or `server.storage_full`.
 */
export type LogStore = {
  /** Complete and on the disk when it resolves, and nothing of it under its name before. */
  readonly put: (workspaceId: Uuid, path: string, bytes: Uint8Array) => Promise<void>
  readonly get: (workspaceId: Uuid, path: string) => Promise<Buffer | undefined>
  /** Removes the partial tiles that a full one has taken the place of. What is not there is gone already. */
  readonly removePartial: (workspaceId: Uuid, path: string) => Promise<void>
}
