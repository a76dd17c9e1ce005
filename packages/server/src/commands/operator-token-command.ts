import { parseArgs } from 'node:util'
import { roles } from '@hyponema/contract'
import type { Config } from '../config.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { issueOperatorToken } from '../guards/operator-token.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import { namedWorkspace } from './named-workspace.ts'
import { onHost } from './on-host.ts'

/** `hyponema operator-token create [--workspace ID] [--role ROLE]`: prints an access token of 10 minutes. */
export async function operatorTokenCommand(config: Config, args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { workspace: { type: 'string' }, role: { type: 'string', default: 'owner' } },
  })
  const role = roles.find((one) => one === values.role)
  if (positionals[0] !== 'create' || role === undefined) {
    throw new StartupRefusal(
      `Write: ${ownCommand(`operator-token create --workspace wsp_... [--role ${roles.join('|')}]`)}.`,
    )
  }
  const workspaceId = await namedWorkspace(config, values.workspace)
  await onHost(config, async ({ installation, clock, newId, actIn }) => {
    const operatorId = newId()
    const keys = installation.signingKeys
    const token = await issueOperatorToken({ keys, clock, workspaceId, operatorId, role, jti: newId() })
    await auditedTransaction(actIn(workspaceId, 'hyponema operator-token create'), (tx) =>
      tx.audit({ action: 'operator_token.created', target: { kind: 'operator', id: operatorId }, after: { role } }),
    )
    process.stdout.write(`${token}\n`)
  })
}
