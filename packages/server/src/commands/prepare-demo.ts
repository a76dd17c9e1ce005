import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { OutboundDoor } from '../platform/outbound/outbound-door.ts'
import { clinicFiles } from './clinic-files.ts'
import { installationFiles } from './installation-files.ts'
import { type OpenDemo, openDemo } from './open-demo.ts'
import type { Desk } from './open-desk.ts'
import type { Installation } from './open-installation.ts'

/** The demo of the embedded default. */
export async function prepareDemo(options: {
  config: Config
  installation: Installation
  clock: Clock
  newId: NewId
  log: Logger
  door: OutboundDoor
  desk: Desk | undefined
}): Promise<OpenDemo> {
  const { config, door, desk, log } = options
  const clinic = {
    door,
    desk,
    handbookPath: clinicFiles.handbook,
    warn: (sentence: string, error: unknown) => log.warn({ err: error }, sentence),
  }
  return openDemo({
    ...options,
    clinic,
    path: installationFiles(config.homeFolder).demo,
    publicOrigin: config.publicOrigin,
  })
}
