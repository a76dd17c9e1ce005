import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { newPassword } from '../platform/crypto/new-password.ts'
import { type AllowEntry, parseAllowEntry } from '../platform/outbound/allow-entry.ts'
import { clinicFiles } from './clinic-files.ts'
import { type DeskSettings, readDeskFile, writeDeskFile } from './desk-file.ts'
import { DeskProcess } from './desk-process.ts'
import { installationFiles } from './installation-files.ts'
import type { ShutdownSteps } from './shutdown-steps.ts'

/** The booking desk of the demo, as the demo's agent sees it. */
export type Desk = DeskSettings & {
  readonly origin: string
  /** The door lets calls through to exactly this origin, though it is a loopback one. */
  readonly opening: AllowEntry
  /** Remembers in which credential its key is sealed. */
  readonly keep: (credentialId: DeskSettings['credentialId']) => Promise<void>
}

/** Starts the booking desk of the embedded default. Undefined where it has never run and cannot: the demo then does without. */
export async function openDesk(options: {
  readonly config: Config
  readonly log: Logger
  readonly shutdown: Pick<ShutdownSteps, 'add'>
}): Promise<Desk | undefined> {
  const path = installationFiles(options.config.homeFolder).desk
  const known = await readDeskFile(path)
  const key = known?.key ?? newPassword()
  const warn = (sentence: string): void => options.log.warn(sentence)
  const process = new DeskProcess({ script: clinicFiles.desk, key, notPort: options.config.port, warn })
  options.shutdown.add('booking desk', () => process.stop())
  const port = await process.start(known?.port)
  if (port === undefined) return undefined
  // The credential of another port opens no door here.
  const settings = { port, key, credentialId: port === known?.port ? known.credentialId : undefined }
  if (port !== known?.port) await writeDeskFile(path, settings)
  const origin = `http://127.0.0.1:${port}`
  return {
    ...settings,
    origin,
    opening: parseAllowEntry(origin),
    keep: (credentialId) => writeDeskFile(path, { ...settings, credentialId }),
  }
}
