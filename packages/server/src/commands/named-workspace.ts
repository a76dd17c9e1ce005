import { decodeId, type Uuid } from '@hyponema/contract'
import type { Config } from '../config.ts'
import { parseApiKey } from '../guards/api-key-text.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import { readDemoFile } from './demo-file.ts'
import { installationFiles } from './installation-files.ts'

/** The workspace of `--workspace`; without it the demo's, which its key names. */
export async function namedWorkspace(config: Config, text: string | undefined): Promise<Uuid> {
  const demo = text === undefined ? await readDemoFile(installationFiles(config.homeFolder).demo) : undefined
  const id = text === undefined ? parseApiKey(demo?.api_key ?? '')?.workspaceId : decodeId('workspace', text)
  if (id === undefined)
    throw new StartupRefusal(
      `Say which workspace: --workspace wsp_..., as \`${ownCommand('workspace create NAME')}\` printed it.`,
    )
  return id
}
