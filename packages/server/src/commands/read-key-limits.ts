import { decodeId, keyScopes, type Scope, type Uuid } from '@hyponema/contract'
import { parseRanges } from '../guards/client-address.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'

/** What a new key may do, where from, and for how long. */
export type KeyLimits = {
  readonly mode: 'live' | 'test'
  readonly scopes: readonly Scope[]
  readonly days: number | undefined
  readonly allowedAddresses: readonly string[] | null
  readonly allowedAgents: readonly Uuid[] | null
}

type Written = {
  readonly scopes: string
  readonly mode: string
  readonly days: string | undefined
  readonly allowedAddresses: string | undefined
  readonly allowedAgents: string | undefined
}

/** A row takes no more; a longer list is another key, or a shorter prefix. */
const maxAddresses = 100

/** Reads the options of `hyponema api-key create`; a wrong one is a StartupRefusal that names the entry and what to write. */
export function readKeyLimits(written: Written): KeyLimits {
  const { mode } = written
  if (mode !== 'live' && mode !== 'test') throw new StartupRefusal('--mode is live or test.')
  return {
    mode,
    scopes: entries(written.scopes).map(readScope),
    days: written.days === undefined ? undefined : readDays(written.days),
    allowedAddresses: written.allowedAddresses === undefined ? null : readAddresses(written.allowedAddresses),
    allowedAgents: written.allowedAgents === undefined ? null : entries(written.allowedAgents).map(readAgent),
  }
}

function entries(text: string): readonly string[] {
  return text.split(',').map((entry) => entry.trim())
}

/** Judged by the reader that the key's requests meet: what it does not understand would shut the key out for good. */
function readAddresses(text: string): readonly string[] {
  const addresses = entries(text)
  if (addresses.length > maxAddresses)
    throw new StartupRefusal(`--allowed-addresses has ${addresses.length} entries; write at most ${maxAddresses}.`)
  for (const address of addresses) {
    try {
      parseRanges([address])
    } catch {
      throw new StartupRefusal(
        `--allowed-addresses has "${address}"; write addresses or CIDR ranges with commas between, such as 192.0.2.7,10.0.0.0/8,2001:db8::/32.`,
      )
    }
  }
  return addresses
}

function readAgent(text: string): Uuid {
  const id = decodeId('agent', text)
  if (id === undefined) throw new StartupRefusal(`--allowed-agents has "${text}"; write ids such as agt_....`)
  return id
}

function readScope(text: string): Scope {
  const scope = keyScopes.find((one) => one === text)
  if (scope === undefined)
    throw new StartupRefusal(`A key cannot have the scope "${text}"; docs/permissions.md lists those it can have.`)
  return scope
}

function readDays(text: string): number {
  const days = Number(text)
  if (Number.isInteger(days) && days >= 1 && days <= 3650) return days
  throw new StartupRefusal('--days is a whole number from 1 to 3650.')
}
