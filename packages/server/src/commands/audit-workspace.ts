import type { Config } from '../config.ts'
import { provenScope, type WorkspaceScope } from '../kernel/workspace-scope.ts'
import { installationScope } from '../platform/postgres/installation-scope.ts'
import { namedWorkspace } from './named-workspace.ts'

/** Whose log: `--workspace wsp_...`, `--workspace installation` for the log of commands on this host, else the demo's. */
export async function auditWorkspace(config: Config, text: string | undefined): Promise<WorkspaceScope> {
  return text === 'installation' ? installationScope() : provenScope(await namedWorkspace(config, text))
}
