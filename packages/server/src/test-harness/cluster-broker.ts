/** One cluster for a whole run, started by the first test that asks for a database. */
import { z } from 'zod'
import type { Binaries } from '../platform/postgres/embedded/native-binaries.ts'
import { type MigratedCluster, startMigratedCluster } from './migrated-cluster.ts'
import { askRunBroker, type RunBroker, startRunBroker } from './run-broker.ts'

const loginSchema = z.strictObject({ user: z.string(), password: z.string() })
const clusterSchema = z.strictObject({
  address: z.strictObject({
    host: z.string(),
    port: z.number(),
    database: z.string(),
    tls: z.enum(['off', 'require', 'verify']),
  }),
  superuser: loginSchema,
  version: z.string(),
  logins: z.strictObject({ app: loginSchema, worker: loginSchema, auth: loginSchema, sealer: loginSchema }),
  admin: z.strictObject({
    migrator: loginSchema.optional(),
    backup: loginSchema.optional(),
    superuser: loginSchema.optional(),
  }),
})

export function startClusterBroker(options: { binaries?: () => Promise<Binaries> } = {}): Promise<RunBroker> {
  return startRunBroker(async () => {
    const binaries = options.binaries === undefined ? {} : { binaries: await options.binaries() }
    const { cluster, stop } = await startMigratedCluster(binaries)
    return { made: cluster, unmake: stop }
  })
}

export async function askClusterBroker(socketPath: string): Promise<MigratedCluster> {
  return clusterSchema.parse(await askRunBroker(socketPath))
}
