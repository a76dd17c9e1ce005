/** The server of the session bench: the product as it is, and beside it one route that does nothing but enter a workspace. */

import { parseArgs } from 'node:util'
import { composeServer } from '../../packages/server/src/commands/compose-server.ts'
import { listen } from '../../packages/server/src/commands/listen.ts'
import { openInstallation } from '../../packages/server/src/commands/open-installation.ts'
import { openSpeech } from '../../packages/server/src/commands/open-speech.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { createApiKey } from '../../packages/server/src/features/api-keys/public.ts'
import { createWorkspace } from '../../packages/server/src/features/workspaces/public.ts'
import { auditedTransaction } from '../../packages/server/src/guards/audited-transaction.ts'
import { parseRanges } from '../../packages/server/src/guards/client-address.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { createOutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { createLogger } from '../../packages/server/src/platform/telemetry/create-logger.ts'

const { values } = parseArgs({
  options: {
    home: { type: 'string', default: '' },
    host: { type: 'string', default: '' },
    port: { type: 'string', default: '' },
    database: { type: 'string', default: '' },
    workspaces: { type: 'string', default: '1' },
  },
})
const clock = systemClock
const newId = idMaker(clock)
const address = { host: values.host, port: Number(values.port), database: values.database, tls: 'off' as const }
const config = readConfig({ environment: { HYPONEMA_HOME: values.home } })
const installation = await openInstallation({ config, clock, address })
const keys = await Promise.all(Array.from({ length: Number(values.workspaces) }, makeWorkspace))
const first = keys[0]
if (first === undefined) throw new Error('at least one workspace')
const server = composeServer({
  config,
  // Each request says an address of its own, because budgets are not what is measured.
  trustedProxies: parseRanges(['127.0.0.0/8']),
  installation,
  clock,
  newId,
  bootId: newId(),
  log: createLogger('error', process.stderr),
  door: createOutboundDoor({ allow: [], ownNames: [], ownAddresses: [], clock, onRefused: () => undefined }),
  speech: await openSpeech(() => undefined),
  pages: undefined,
  sendMail: undefined,
  signInPorts: undefined,
  embedded: undefined,
  isDraining: () => false,
})
// Its sessions live as long as a bench talks in them.
server.host.start()
const { scope } = first
const control: Readonly<Record<string, () => Promise<unknown>>> = {
  '/bench/empty': () => installation.database.withWorkspace(scope, () => Promise.resolve({})),
  '/bench/keys': () => Promise.resolve(keys.map(({ key }) => key)),
}
const { port } = await listen({
  host: '127.0.0.1',
  port: 0,
  fetch: async (request, environment) => {
    const own = control[new URL(request.url).pathname]
    return own === undefined ? server.app.fetch(request, environment) : Response.json(await own())
  },
})
process.send?.({ kind: 'ready', port })

async function makeWorkspace() {
  const scope = provenScope(newId())
  const act = {
    database: installation.database,
    clock,
    newId,
    scope,
    principal: { kind: 'system', scope, name: 'bench' } as const,
  }
  const key = await auditedTransaction(act, async (tx) => {
    await createWorkspace(tx, { name: 'Bench' })
    return createApiKey(tx, {
      newId,
      keyring: installation.keyring,
      label: 'bench',
      mode: 'live',
      scopes: ['workspace:write'],
      allowedAddresses: null,
      allowedAgents: null,
      createdBy: 'bench',
      expiresAt: null,
    })
  })
  return { scope, key }
}
