import type { Config } from '../config.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import { policyCheck } from './policy-check.ts'
import { policyExplain } from './policy-explain.ts'
import { policyReplay } from './policy-replay.ts'

/** `hyponema policy check|replay|explain`: is it right, what would it have changed, and why was this decided. */
export async function policyCommand(config: Config, args: readonly string[]): Promise<void> {
  const [act, ...rest] = args
  if (act === 'check') return policyCheck(rest)
  if (act === 'replay') return policyReplay(config, rest)
  if (act === 'explain') return policyExplain(config, rest)
  throw new StartupRefusal(
    `Write: ${ownCommand('policy')} check FILE, or replay --policy FILE (--export FILE | --workspace wsp_... --last N), or explain dec_... --workspace wsp_...`,
  )
}
