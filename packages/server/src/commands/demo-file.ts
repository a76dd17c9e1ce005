import { decodeId } from '@hyponema/contract'
import { z } from 'zod'
import { parseApiKey } from '../guards/api-key-text.ts'
import { parseJson } from '../kernel/parse-json.ts'
import { readPrivateFile } from '../platform/crypto/read-private-file.ts'
import { writeSecretFile } from '../platform/crypto/write-secret-file.ts'
import type { DemoPlace } from './demo-record.ts'

const demoFileSchema = z.strictObject({
  url: z.string(),
  api_key: z.string().refine((text) => parseApiKey(text) !== undefined),
  agent_id: z.string().refine((text) => decodeId('agent', text) !== undefined),
  talk_url: z.string(),
})

/** What scripts and tests need to talk to the demo: `.hyponema/demo.json`, mode 0600. */
export type DemoFile = z.infer<typeof demoFileSchema>

/** Undefined when there is no demo, or no file that says so. */
export async function readDemoFile(path: string): Promise<DemoFile | undefined> {
  return demoFileSchema.safeParse(parseJson((await readPrivateFile(path)) ?? '')).data
}

/** Where a file says that the demo is: its key names the workspace. */
export function placeOf(file: DemoFile): DemoPlace | undefined {
  const workspaceId = parseApiKey(file.api_key)?.workspaceId
  const agentId = decodeId('agent', file.agent_id)
  return workspaceId === undefined || agentId === undefined ? undefined : { workspaceId, agentId }
}

export async function writeDemoFile(
  path: string,
  demo: { apiKey: string; agentId: string },
  url: string,
): Promise<DemoFile> {
  const file = { url, api_key: demo.apiKey, agent_id: demo.agentId, talk_url: `${url}/talk/${demo.agentId}` }
  await writeSecretFile(path, `${JSON.stringify(file, undefined, 2)}\n`)
  return file
}
