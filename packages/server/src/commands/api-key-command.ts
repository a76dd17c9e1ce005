import type { Config } from '../config.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import { changeKeyOnHost } from './change-key-on-host.ts'
import { createKeyOnHost } from './create-key-on-host.ts'
import { listKeysOnHost } from './list-keys-on-host.ts'

/** `hyponema api-key create|list|rotate|revoke ...`: what operators can do over the API, for whoever owns the host. */
export async function apiKeyCommand(config: Config, args: readonly string[]): Promise<void> {
  const [verb, ...rest] = args
  switch (verb) {
    case 'create':
      return createKeyOnHost(config, rest)
    case 'list':
      return listKeysOnHost(config, rest)
    case 'rotate':
    case 'revoke':
      return changeKeyOnHost(config, verb, rest)
    default:
      throw new StartupRefusal(
        [
          `Write: ${ownCommand('api-key create')} --workspace wsp_... [--label TEXT] [--scopes agents:read,...] [--mode live|test] [--days N] [--allowed-addresses CIDR,...] [--allowed-agents agt_...,...],`,
          `${ownCommand('api-key list')} [--workspace wsp_...],`,
          `${ownCommand('api-key rotate')} key_... [--overlap-seconds N] [--workspace wsp_...],`,
          `or ${ownCommand('api-key revoke')} key_... [--workspace wsp_...].`,
        ].join('\n'),
      )
  }
}
