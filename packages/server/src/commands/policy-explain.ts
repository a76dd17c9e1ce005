import { parseArgs } from 'node:util'
import { decodeId } from '@hyponema/contract'
import type { Config } from '../config.ts'
import { type ExplainedDecision, explainDecision } from '../features/decisions/public.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { createContentKeys } from '../guards/content-keys.ts'
import { AppError } from '../kernel/app-error.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { keyringKeyService } from '../platform/crypto/keyring-key-service.ts'
import { ownCommand } from '../platform/own-command.ts'
import { namedWorkspace } from './named-workspace.ts'
import { onHost } from './on-host.ts'

/** `hyponema policy explain DECISION [--workspace ID]`: opens it, which is audited, and takes it again. */
export async function policyExplain(config: Config, args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { workspace: { type: 'string' } },
  })
  const id = decodeId('decision', positionals[0] ?? '')
  if (id === undefined || positionals.length > 1)
    throw new StartupRefusal(`Write: ${ownCommand('policy explain')} dec_... [--workspace wsp_...].`)
  const workspaceId = await namedWorkspace(config, values.workspace)
  await onHost(config, async ({ installation, newId, actIn }) => {
    const contentKeys = createContentKeys({ epochKeys: keyringKeyService(installation.keyring, 'epoch'), newId })
    const explained = await auditedTransaction(actIn(workspaceId, 'hyponema policy explain'), (tx) =>
      explainDecision(tx, contentKeys, id),
    ).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'request.not_found')
        throw new StartupRefusal(`There is no decision ${positionals[0]} in this workspace that can be opened.`)
      throw error
    })
    process.stdout.write(`${describe(explained)}\n`)
  })
}

function describe({ id, sessionId, createdAt, policySha256, stored, blockedText, again }: ExplainedDecision): string {
  const taken =
    again.result === 'impossible'
      ? `cannot be taken again: ${again.because}`
      : `taken again: ${again.result} (${again.action}${again.ruleIds.length === 0 ? '' : ` by ${again.ruleIds.join(', ')}`})`
  return [
    `${id} in ${sessionId}, ${createdAt}`,
    `${String(stored['stage'])}: ${String(stored['action'])} (${String(stored['mode'])})`,
    `rules and spans: ${JSON.stringify(stored['matches'] ?? [])}`,
    `obligations: ${JSON.stringify(stored['obligations'] ?? [])}`,
    `facts: ${JSON.stringify(stored['facts'] ?? {})}`,
    ...(blockedText === null ? [] : [`withheld: ${JSON.stringify(blockedText)}`]),
    `policy: ${policySha256}`,
    `versions: ${JSON.stringify(stored['versions'] ?? {})}`,
    taken,
  ].join('\n')
}
