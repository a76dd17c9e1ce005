import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { renderOrigin } from '../features/audit/public.ts'
import { renderVerifierKey } from '../platform/crypto/signed-note.ts'
import { auditWorkspace } from './audit-workspace.ts'
import { onHost } from './on-host.ts'

/** `hyponema audit key [--workspace ID]`: the key that verifies checkpoints of a log (C2SP signed-note), the active one first. */
export async function auditKey(config: Config, args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { workspace: { type: 'string' } } })
  const { workspaceId } = await auditWorkspace(config, values.workspace)
  await onHost(config, async ({ installation: { evidence } }) => {
    const name = renderOrigin(workspaceId)
    const newestFirst = [...evidence.publicKeys].sort(([one]) => (one === evidence.keyId ? -1 : 1))
    for (const [, publicKey] of newestFirst) process.stdout.write(`${renderVerifierKey(name, publicKey)}\n`)
  })
}
