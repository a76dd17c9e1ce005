import { makeSealer } from '../../packages/server/src/commands/make-sealer.ts'
import { createLogger } from '../../packages/server/src/platform/telemetry/create-logger.ts'
import { type Api, newId } from './api-harness.ts'

/** A sealer as the worker runs one, and what it could not do. */
export function openSealer({ installation, clock }: Pick<Api, 'installation' | 'clock'>) {
  const failures: string[] = []
  const log = createLogger('info', { write: (line: string) => void failures.push(line) })
  return { ...makeSealer({ installation, clock, newId, log }), failures }
}
