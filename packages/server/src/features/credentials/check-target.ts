import { AppError } from '../../kernel/app-error.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { OutboundDoor } from '../../platform/outbound/outbound-door.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { readOutboundHosts } from '../workspaces/public.ts'

/** Refuses a base URL that could not be called now, with its place and without a reason. */
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
