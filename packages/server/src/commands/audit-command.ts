import type { Config } from '../config.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import { auditContinue } from './audit-continue.ts'
import { auditExport } from './audit-export.ts'
import { auditKey } from './audit-key.ts'
import { auditVerify } from './audit-verify.ts'

/** `hyponema audit key|export|verify|continue`. */
export async function auditCommand(config: Config, args: readonly string[]): Promise<void> {
  const [verb, ...rest] = args
  switch (verb) {
    case 'key':
      return auditKey(config, rest)
    case 'export':
      return auditExport(config, rest)
    case 'continue':
      return auditContinue(config, rest)
    case 'verify':
      return auditVerify(rest)
    default:
      throw new StartupRefusal(
        `Write: ${ownCommand('audit key')} [--workspace ID], audit export [--workspace ID] FILE, audit verify FILE --key KEY [--since CHECKPOINT], or audit continue [--workspace ID] after a restore.`,
      )
  }
}
