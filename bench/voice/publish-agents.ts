import { createOperatorToken, startMeasuredServer } from './measured-server.ts'
import type { PinnedProcess } from './pinned-process.ts'
import { VoiceAgents } from './voice-agents.ts'

/** The first start of a home sets up its database, fills the compile cache and publishes the agents; it is not measured. */
export async function publishAgents(home: string, providers: PinnedProcess): Promise<VoiceAgents> {
  const server = await startMeasuredServer(home, providers.port)
  const keys = { operatorToken: await createOperatorToken(home), providersPort: providers.port }
  const agents = await VoiceAgents.publish({ ...server, ...keys })
  await server.stop()
  return agents
}
