import { z } from 'zod'
import { apiClient } from './api-client.ts'
import { runCommand, type ServerProcess } from './server-process.ts'

const madeSchema = z.object({ id: z.string() })

/** Has an operator's token made on the host and puts a provider's key under seal with it; returns the credential's id. */
export async function sealCredential(
  { url, home }: Pick<ServerProcess, 'url' | 'home'>,
  credential: {
    readonly kind: 'model' | 'speech' | 'voice' | 'internal_api'
    readonly provider: string
    readonly secret: string
    readonly base_url?: string
  },
): Promise<string> {
  const token = await runCommand(['operator-token', 'create'], { HYPONEMA_HOME: home })
  const operator = apiClient(url, token.output.trim())
  const { status, body } = await operator('POST', '/v1/credentials', { ...credential, label: credential.kind })
  if (status !== 201) throw new Error(JSON.stringify(body))
  return madeSchema.parse(body).id
}
