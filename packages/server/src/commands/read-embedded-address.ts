import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { DatabaseAddress } from '../platform/postgres/database-address.ts'

const addressSchema = z.strictObject({
  host: z.string(),
  port: z.int(),
  database: z.string(),
  tls: z.enum(['off', 'require', 'verify']),
})

/** Where the embedded database listens while it runs; undefined when it does not. It names no login. */
export async function readEmbeddedAddress(path: string): Promise<DatabaseAddress | undefined> {
  try {
    return addressSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return undefined
  }
}
