import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import { onHost } from './on-host.ts'
import { rotateTokenKeys } from './rotate-token-keys.ts'

const newSpelling = ownCommand('keys rotate --purpose session_tokens')

/** `hyponema signing-key rotate [--end-all-tokens]`: the older spelling of `keys rotate --purpose session_tokens`. */
export async function signingKeyCommand(config: Config, args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { 'end-all-tokens': { type: 'boolean', default: false } },
  })
  if (positionals.length !== 1 || positionals[0] !== 'rotate')
    throw new StartupRefusal(`Write: ${newSpelling} [--end-all-tokens].`)
  process.stderr.write(`This is now called \`${newSpelling}\`.\n`)
  await onHost(config, (host) => rotateTokenKeys(config, host, { dropAll: values['end-all-tokens'] }))
}
