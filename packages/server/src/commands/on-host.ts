import type { Uuid } from '@hyponema/contract'
import type { Config } from '../config.ts'
import type { AuditedTransaction } from '../guards/audited-transaction.ts'
import { type Clock, systemClock } from '../kernel/clock.ts'
import { idMaker, type NewId } from '../kernel/new-id.ts'
import { provenScope } from '../kernel/workspace-scope.ts'
import { configuredAddress } from './configured-address.ts'
import { installationFiles } from './installation-files.ts'
import { type Installation, needsRunningServer, openInstallation } from './open-installation.ts'
import { readEmbeddedAddress } from './read-embedded-address.ts'

export type Host = {
  readonly installation: Installation
  readonly clock: Clock
  readonly newId: NewId
  /** What an audited transaction needs to act in a workspace; `command` stands in the audit log as who did it. */
  readonly actIn: (workspaceId: Uuid, command: string) => AuditedTransaction
}

/** Opens the installation for one command on the host, and closes it again. */
export async function onHost(config: Config, work: (host: Host) => Promise<void>): Promise<void> {
  const clock = systemClock
  const newId = idMaker(clock)
  const address = configuredAddress(config) ?? (await readEmbeddedAddress(installationFiles(config.homeFolder).address))
  if (address === undefined) throw needsRunningServer()
  const installation = await openInstallation({ config, clock, address })
  const { database } = installation
  try {
    await work({
      installation,
      clock,
      newId,
      actIn: (workspaceId, command) => {
        const scope = provenScope(workspaceId)
        return { database, clock, newId, scope, principal: { kind: 'system', scope, name: command } }
      },
    })
  } finally {
    await database.close()
    await installation.closeKeys()
  }
}
