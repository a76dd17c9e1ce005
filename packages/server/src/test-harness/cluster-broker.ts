/**
 * One cluster for a whole run, started by the first test that asks for a database: a run of pure suites costs nothing.
 * The main process listens on a unix socket, answers every connection with one JSON document, and stops the cluster at the end.
 */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import type { Binaries } from '../platform/postgres/embedded/native-binaries.ts'
import { type MigratedCluster, startMigratedCluster } from './migrated-cluster.ts'

const loginSchema = z.strictObject({ user: z.string(), password: z.string() })
const addressSchema = z.strictObject({
  host: z.string(),
  port: z.number(),
  database: z.string(),
  tls: z.enum(['off', 'require', 'verify']),
})
const answerSchema = z.union([
  z.strictObject({ failure: z.string() }),
  z.strictObject({
    address: addressSchema,
    superuser: loginSchema,
    version: z.string(),
    logins: z.strictObject({ app: loginSchema, worker: loginSchema, auth: loginSchema, sealer: loginSchema }),
    admin: z.strictObject({
      migrator: loginSchema.optional(),
      backup: loginSchema.optional(),
      superuser: loginSchema.optional(),
    }),
  }),
])

export type ClusterBroker = { readonly socketPath: string; readonly close: () => Promise<void> }

export async function startClusterBroker(options: { binaries?: () => Promise<Binaries> } = {}): Promise<ClusterBroker> {
  const folder = await mkdtemp('/tmp/hyponema-broker-')
  const socketPath = join(folder, 'socket')
  let started: ReturnType<typeof startMigratedCluster> | undefined
  const start = async (): ReturnType<typeof startMigratedCluster> =>
    startMigratedCluster(options.binaries === undefined ? {} : { binaries: await options.binaries() })
  const answer = async (): Promise<unknown> => {
    try {
      return (await (started ??= start())).cluster
    } catch (error) {
      return { failure: describe(error) }
    }
  }
  const server = createServer((socket) => {
    // A worker that is ended while it waits.
    socket.on('error', () => undefined)
    void answer().then((document) => socket.end(JSON.stringify(document)))
  })
  server.listen(socketPath)
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    server.close()
    const running = await started?.catch(() => undefined)
    await running?.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { socketPath, close }
}

export async function askClusterBroker(socketPath: string): Promise<MigratedCluster> {
  const answer = answerSchema.parse(JSON.parse(await text(connect(socketPath))))
  if ('failure' in answer) throw new Error(answer.failure)
  return answer
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`
}
