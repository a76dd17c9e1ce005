import { encodeId, type Uuid } from '@hyponema/contract'

/** What the log of a workspace is called in its checkpoints (C2SP tlog-checkpoint): the first line, and the name of its key. */
export function renderOrigin(workspaceId: Uuid): string {
  return `hyponema-audit/${encodeId('workspace', workspaceId)}`
}
