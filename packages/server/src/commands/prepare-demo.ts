import { fileURLToPath } from 'node:url'
import { encodeId } from '@hyponema/contract'
import type { Hono } from 'hono'
import type { Config } from '../config.ts'
import { parseApiKey } from '../guards/api-key-text.ts'
import { createPages } from '../http/pages/create-pages.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { provenScope, type WorkspaceScope } from '../kernel/workspace-scope.ts'
import { type DemoFile, readDemoFile, writeDemoFile } from './demo-file.ts'
import { type Installation, installationFiles } from './open-installation.ts'
import { seedDemo } from './seed-demo.ts'

const assetsFolder = fileURLToPath(new URL('../../../widget/dist/', import.meta.url))

export type PreparedDemo = { readonly demoScope: WorkspaceScope; readonly pages: Hono; readonly file: DemoFile }

/** Seeds the demo on the first run only. Afterwards its file says where it is; the address in it is today's. */
export async function prepareDemo(options: {
  config: Config
  installation: Installation
  clock: Clock
  newId: NewId
}): Promise<PreparedDemo> {
  const path = installationFiles(options.config.homeFolder).demo
  const url = options.config.publicOrigin
  const pages = await createPages({ assetsFolder })
  const known = await readDemoFile(path)
  if (known !== undefined) {
    const workspaceId = parseApiKey(known.api_key)?.workspaceId
    if (workspaceId === undefined)
      throw new StartupRefusal(`${path} holds no key of ours; remove it to get a new demo workspace.`)
    const file = await writeDemoFile(path, { apiKey: known.api_key, agentId: known.agent_id }, url)
    return { demoScope: provenScope(workspaceId), pages, file }
  }
  const seeded = await seedDemo(options)
  const file = await writeDemoFile(path, { apiKey: seeded.apiKey, agentId: encodeId('agent', seeded.agentId) }, url)
  return { demoScope: provenScope(seeded.workspaceId), pages, file }
}
