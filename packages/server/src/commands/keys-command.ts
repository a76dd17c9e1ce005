import type { Config } from '../config.ts'
import { AppError } from '../kernel/app-error.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import { retireKey } from './keys-retire.ts'
import { rewrapKeys } from './keys-rewrap.ts'
import { rotateKeys } from './keys-rotate.ts'
import { showKeys } from './keys-status.ts'

/** `hyponema keys status|rotate|rewrap|retire`: the keys that wrap other keys, and what stands under each. */
export async function keysCommand(config: Config, args: readonly string[]): Promise<void> {
  try {
    await run(config, args)
  } catch (error) {
    // A key service that does not answer is something to look after, and no failure of ours.
    if (!(error instanceof AppError && error.code === 'keyring.key_missing')) throw error
    throw new StartupRefusal(`${error.code}: ${error.message}. Nothing is lost; run this again when it can be used.`, {
      cause: error,
    })
  }
}

async function run(config: Config, args: readonly string[]): Promise<void> {
  const [verb, ...rest] = args
  switch (verb) {
    case 'status':
      return showKeys(config, rest)
    case 'rotate':
      return rotateKeys(config, rest)
    case 'rewrap':
      return rewrapKeys(config, rest)
    case 'retire':
      return retireKey(config, rest)
    default:
      throw new StartupRefusal(
        `Write: ${ownCommand('keys status')}, keys rotate [--purpose P] [--add-only] [--end-all-tokens], keys rewrap [--purpose P], or keys retire ID.`,
      )
  }
}
