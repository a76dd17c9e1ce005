import ipaddr from 'ipaddr.js'
import type { Config } from '../config.ts'
import type { AllowEntry } from '../platform/outbound/allow-entry.ts'
import { createOutboundDoor, type OutboundDoor } from '../platform/outbound/outbound-door.ts'
import type { OwnPlace } from '../platform/outbound/own-places.ts'
import type { BudgetSettings } from '../platform/outbound/target-budget.ts'
import type { DatabaseAddress } from '../platform/postgres/database-address.ts'
import { createOutboundAudit } from './outbound-audit.ts'
import type { ServerParts } from './server-parts.ts'
import type { ShutdownSteps } from './shutdown-steps.ts'

/** The door of this process, closed at its end, with the audit log behind it. */
export function openOutbound(
  options: Pick<ServerParts, 'clock' | 'newId' | 'log' | 'installation'> & {
    readonly config: Config
    readonly allow: readonly AllowEntry[]
    readonly databaseAddress: DatabaseAddress
    readonly shutdown: Pick<ShutdownSteps, 'add'>
    /** Where it is another one than usual. */
    readonly budget?: BudgetSettings
  },
): OutboundDoor {
  const { config, clock, installation, shutdown } = options
  const audit = createOutboundAudit({ ...options, database: installation.database })
  const door = createOutboundDoor({
    allow: options.allow,
    ...ownHosts(config, options.databaseAddress),
    clock,
    proxy: config.outboundProxy,
    onRefused: audit.add,
    ...(options.budget === undefined ? {} : { budget: options.budget }),
  })
  // In the reverse order: the door tells what it has not told yet, and that is written.
  shutdown.add('records of refused targets', () => audit.close())
  shutdown.add('outbound connections', () => door.close())
  return door
}

/** What tenants may not call: the names of this installation at any port, and the places where it listens and what it uses. */
export function ownHosts(
  { host, port, publicOrigin, outboundOwn, outboundProxy, mail, keyService }: Config,
  database: DatabaseAddress,
): { readonly ownNames: readonly string[]; readonly ownAddresses: readonly OwnPlace[] } {
  const origin = placeOf(new URL(publicOrigin))
  // Other ports of that machine may be a local model server's.
  const isPlace = ipaddr.isValid(origin.host) || origin.host === 'localhost'
  const [addresses, names] = [outboundOwn.filter(ipaddr.isValid), outboundOwn.filter((own) => !ipaddr.isValid(own))]
  return {
    ownNames: [...names, ...(isPlace ? [] : [origin.host])],
    ownAddresses: [
      { host, port },
      // A name is refused as one. What it resolves to is often a proxy or a network that it shares with others.
      ...(isPlace ? [origin] : []),
      ...addresses.map((address) => ({ host: address, port: undefined })),
      ...(database.host.startsWith('/') ? [] : [{ host: database.host, port: database.port }]),
      ...(mail === undefined ? [] : [{ host: mail.server.host, port: mail.server.port }]),
      ...(keyService.vault === undefined ? [] : [placeOf(keyService.vault.endpoint)]),
      ...(keyService.awsKms === undefined ? [] : [placeOf(keyService.awsKms.endpoint)]),
      ...(outboundProxy === undefined ? [] : [{ host: outboundProxy.host, port: outboundProxy.port }]),
    ],
  }
}

function placeOf({ hostname, port, protocol }: URL): OwnPlace & { readonly port: number } {
  const host = hostname.replaceAll(/[[\]]/g, '')
  return { host, port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) }
}
