import { composeServer, type Server } from '../../packages/server/src/commands/compose-server.ts'
import type { Installation } from '../../packages/server/src/commands/open-installation.ts'
import { openSpeech } from '../../packages/server/src/commands/open-speech.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { parseRanges } from '../../packages/server/src/guards/client-address.ts'
import { openDatabase } from '../../packages/server/src/platform/postgres/database.ts'
import { createLogger } from '../../packages/server/src/platform/telemetry/create-logger.ts'
import { type Api, newId, publicOrigin } from '../api/api-harness.ts'
import { type Answer, type Call, createCaller } from '../api/call-api.ts'

export type SecondServer = Server & {
  readonly installation: Installation
  /** Calls this server with the key of workspace a, unless `call.credential` says otherwise. */
  readonly call: (method: string, path: string, call?: Call) => Promise<Answer>
  /** What was logged, as JSON lines. */
  readonly logged: readonly string[]
  readonly close: () => Promise<void>
}

const speechEngines = openSpeech(() => undefined)

/** What another process of the same installation would be: the same keys and database, everything else its own. */
export async function openSecondServer(api: Api): Promise<SecondServer> {
  const { address } = api.installation.database
  const database = openDatabase({ address, logins: api.installation.logins })
  const installation: Installation = { ...api.installation, database }
  const logged: string[] = []
  const server = composeServer({
    trustedProxies: parseRanges(['0.0.0.0/32']),
    config: { ...readConfig({ environment: {} }), publicOrigin },
    installation,
    clock: api.clock,
    newId,
    bootId: newId(),
    log: createLogger('warn', { write: (line: string) => void logged.push(line) }),
    door: api.door,
    pages: undefined,
    sendMail: undefined,
    signInPorts: undefined,
    embedded: undefined,
    speech: await speechEngines,
    isDraining: () => false,
  })
  const call = createCaller(server.app)
  return {
    ...server,
    installation,
    call: (method, path, options = {}) => call(method, path, { credential: api.a.key, ...options }),
    logged,
    close: async () => {
      await server.host.drain()
      await database.close()
    },
  }
}
