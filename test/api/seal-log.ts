import { makeSealer } from '../../packages/server/src/commands/make-sealer.ts'
import type { LogStore } from '../../packages/server/src/platform/objects/log-store.ts'
import { createLogger } from '../../packages/server/src/platform/telemetry/create-logger.ts'
import { type Api, newId } from './api-harness.ts'

/** What is logged stays among `failures`, and a sealer can be given a store of its own. */
type SealerParts = Pick<Api, 'installation' | 'clock'> & { readonly logs?: LogStore }

/** A sealer as the worker runs one, and what it could not do. */
export function openSealer({ installation, clock, logs = installation.logs }: SealerParts) {
  const failures: string[] = []
  const log = createLogger('info', { write: (line: string) => void failures.push(line) })
  return { ...makeSealer({ installation: { ...installation, logs }, clock, newId, log }), failures }
}
