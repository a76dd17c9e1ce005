/**
 * Threat: an endpoint is saved that leads into our own network, or the answer tells what is there.
 * Rule: the outbound door judges the URL whenever it is saved, under the workspace's own list; only http and https are
 * endpoints, and plain http only where an installation entry opens it.
 * On failure: outbound.address_refused at /url, after the door's own minimum time, whatever the reason was.
 */
import { AppError } from '../../kernel/app-error.ts'
import type { OutboundDoor, OutboundUse } from '../../platform/outbound/outbound-door.ts'

/** Resolves with the host, which may stand in the audit log; the path of an endpoint often is a secret of its own. */
export async function checkWebhookUrl(
  door: Pick<OutboundDoor, 'judge'>,
  untrustedUrl: string,
  use: Pick<OutboundUse, 'workspaceId' | 'onlyHosts'>,
): Promise<string> {
  const target = await door.judge(untrustedUrl, use).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'outbound.address_refused') throw refused(error.message)
    throw error
  })
  if (target.scheme !== 'https' && target.scheme !== 'http') throw refused(`${target.scheme} is no endpoint`)
  return target.host
}

function refused(detail: string): AppError {
  return new AppError('outbound.address_refused', detail, {
    errors: [
      {
        pointer: '/url',
        detail:
          'expected https on port 443 or 8443, with a name that leads to public addresses this workspace may call',
      },
    ],
  })
}
