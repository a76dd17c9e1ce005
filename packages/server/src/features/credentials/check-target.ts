/**
 * Threat: a credential is saved with a base URL that leads into our own network, and its test or a session calls it later.
 * Rule: the outbound door judges the URL when it is given, under the workspace's own list, before any transaction. It is judged
 * again at every use; `checkAddress` is about another question, whether the key may go to the place that an agent names.
 * On failure: outbound.address_refused at /base_url, whatever the reason was.
 */
import { AppError } from '../../kernel/app-error.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { OutboundDoor } from '../../platform/outbound/outbound-door.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { readOutboundHosts } from '../workspaces/public.ts'

export async function checkTarget(
  { database, door }: { database: Pick<Database, 'withWorkspace'>; door: Pick<OutboundDoor, 'judge'> },
  { scope, url }: { scope: WorkspaceScope; url: string },
): Promise<void> {
  const onlyHosts = await database.withWorkspace(scope, (tx) => readOutboundHosts(tx))
  try {
    await door.judge(url, { workspaceId: scope.workspaceId, onlyHosts })
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'outbound.address_refused') throw error
    throw new AppError('outbound.address_refused', error.message, {
      cause: error,
      errors: [{ pointer: '/base_url', detail: 'that address may not be called' }],
    })
  }
}
