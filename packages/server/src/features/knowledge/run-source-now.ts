import type { Uuid } from '@hyponema/contract'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import { claimSource } from './claim-source.ts'
import { runSource, type SourceParts } from './run-source.ts'

/**
 * Reads a source at once, as the worker would. A worker that has it in hand already, or takes it meanwhile, is no harm: the try
 * that was begun last is the one that counts. Resolves when this try has come to its end; `signal` cuts it.
 */
export async function runSourceNow(
  parts: SourceParts,
  { scope, id, signal }: { readonly scope: WorkspaceScope; readonly id: Uuid; readonly signal: AbortSignal },
): Promise<void> {
  const claimed = await parts.withWorkspace(scope, (tx) => claimSource(tx, id, parts.clock.nowMs()))
  if (claimed !== undefined) await runSource(parts, { scope, claimed, cutting: signal })
}
