/**
 * Threat: a key service that was configured by the operator is reached by another way than everything else, or its address opens
 * the inside to tenants.
 * Rule: a door of its own, which nobody else is given, with the one endpoint as its only entry; every request goes there. Five
 * seconds for the whole, few bytes, no redirect; while it does not answer, one request at a time.
 * On failure: the door's codes; nothing is tried again.
 */
import { type Clock, systemClock } from '../../kernel/clock.ts'
import type { CallService } from '../crypto/service-call.ts'
import { installationScope } from '../postgres/installation-scope.ts'
import { parseAllowEntry } from './allow-entry.ts'
import { createOutboundDoor, type OutboundDoorOptions } from './outbound-door.ts'
import { SilentService } from './silent-service.ts'

/** An unwrap is one step of a turn's first call; who waits longer is told to come again. */
const defaultTimeoutMs = 5000
/** KMS takes and gives 6 KiB of ciphertext at most. */
const maxBytes = 65_536
/** A rewrap of everything asks as fast as it is answered; the service has limits of its own and says so. */
const budget = { burst: 10_000, perSecond: 10_000, atOnce: 64 }

export function callOwnService(
  endpoint: URL,
  {
    timeoutMs = defaultTimeoutMs,
    clock = systemClock,
    ...doorOptions
  }: Pick<OutboundDoorOptions, 'certificateAuthorities'> & {
    readonly timeoutMs?: number
    readonly clock?: Clock
  } = {},
): { readonly call: CallService; readonly close: () => Promise<void> } {
  const port = endpoint.port === '' ? (endpoint.protocol === 'https:' ? '443' : '80') : endpoint.port
  const door = createOutboundDoor({
    ...doorOptions,
    allow: [parseAllowEntry(`${endpoint.protocol}//${endpoint.hostname}:${port}`)],
    ownNames: [],
    ownAddresses: [],
    budget,
  })
  const { workspaceId } = installationScope()
  const service = new SilentService(clock)
  const ask: CallService = async ({ method, path, headers, body, secretHeader: { name, prefix, secret } }) => {
    const lent = {
      unseal: () => Promise.resolve(),
      use: <Result>(work: (bytes: Uint8Array) => Result) => secret.use(work),
    }
    const answer = await door.fetch(
      { url: `${endpoint.origin}${path}`, method, headers, ...(body === undefined ? {} : { body }) },
      {
        workspaceId,
        onlyHosts: null,
        secretHeader: { name, prefix, secret: lent },
        installationEntryOnly: true,
        limits: { firstByteMs: timeoutMs, totalMs: timeoutMs, maxRequestBytes: maxBytes, maxResponseBytes: maxBytes },
      },
    )
    return { status: answer.status, body: await answer.text() }
  }
  return { call: (request) => service.ask(() => ask(request)), close: () => door.close() }
}
