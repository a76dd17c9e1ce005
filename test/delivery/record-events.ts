/**
 * A process that records events until it is told to stop, as sessions would: each in a transaction of its own. It says the id
 * of an event after its commit, and never before.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { encodeId, parseUuid, type Uuid } from '@hyponema/contract'
import { openInstallation } from '../../packages/server/src/commands/open-installation.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { recordEvent } from '../../packages/server/src/features/webhooks/public.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { seededRandom } from './seeded-random.ts'

const { values } = parseArgs({
  options: {
    home: { type: 'string', default: '' },
    host: { type: 'string', default: '' },
    port: { type: 'string', default: '' },
    database: { type: 'string', default: '' },
    workspaces: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    'per-second': { type: 'string', default: '40' },
  },
})
const random = seededRandom(Number(values.seed))
const newId = idMaker(systemClock)
const address = { host: values.host, port: Number(values.port), database: values.database, tls: 'off' as const }
const config = readConfig({ environment: { HYPONEMA_HOME: values.home } })
const installation = await openInstallation({ config, clock: systemClock, address })
const contentKeys = createContentKeys({ epochKeys: keyringKeyService(installation.keyring, 'epoch'), newId })
const scopes = values.workspaces.split(',').map((text) => {
  const workspaceId = parseUuid(text)
  if (workspaceId === undefined) throw new Error('not an id of a workspace')
  return provenScope(workspaceId)
})
/** A few sessions at a time in each workspace, so that each has several events under way. */
const sessions = scopes.map(() => Array.from({ length: 5 }, newId))
const state = { stopping: false }
process.on('message', () => {
  state.stopping = true
})
// Whoever reads has gone: nobody would know of what is recorded.
process.on('disconnect', () => process.exit(state.stopping ? 0 : 1))

while (!state.stopping) {
  await recordOne()
  await pause((2 * random() * 1000) / Number(values['per-second']))
}
await installation.database.close()
process.disconnect()

async function recordOne(): Promise<void> {
  const at = Math.floor(random() * scopes.length)
  const [scope, live] = [scopes[at], sessions[at]]
  if (scope === undefined || live === undefined) throw new Error('no workspace')
  const which = Math.floor(random() * live.length)
  const sessionId: Uuid = live[which] ?? newId()
  const isLast = random() < 0.1
  const id = newId()
  const about = { id, userId: null, sessionId, contentKeys, createdAt: new Date(systemClock.nowMs()) }
  const data = { session_id: encodeId('session', sessionId), turn_count: Math.floor(random() * 100) }
  await installation.database.withWorkspace(scope, (tx) =>
    isLast
      ? recordEvent(tx, { ...about, type: 'session.completed', data: { ...data, end_reason: 'ended_by_backend' } })
      : recordEvent(tx, { ...about, type: 'transcript.ready', data }),
  )
  if (isLast) live[which] = newId()
  process.send?.({ id: encodeId('event', id), workspaceId: scope.workspaceId, sessionId })
}
