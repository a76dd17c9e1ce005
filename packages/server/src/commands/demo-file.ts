import { z } from 'zod'
import { readPrivateFile } from '../platform/crypto/keyring.ts'
import { writeSecretFile } from '../platform/postgres/write-secret-file.ts'

const demoFileSchema = z.strictObject({
  url: z.string(),
  api_key: z.string(),
  agent_id: z.string(),
  talk_url: z.string(),
})

/** What scripts and tests need to talk to the demo: `.hyponema/demo.json`, mode 0600. */
export type DemoFile = z.infer<typeof demoFileSchema>

/** Undefined when there is no demo, or no file that says so. */
export async function readDemoFile(path: string): Promise<DemoFile | undefined> {
  const text = await readPrivateFile(path)
  if (text === undefined) return undefined
  try {
    return demoFileSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
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
