import { countByPepper } from '../features/api-keys/public.ts'
import type { Clock } from '../kernel/clock.ts'
import type { KeyPurpose } from '../platform/crypto/keyring.ts'
import { readPrivateFile } from '../platform/crypto/read-private-file.ts'
import { parseSigningKeys, type SigningKeyUse } from '../platform/crypto/signing-key-file.ts'
import type { Database } from '../platform/postgres/database.ts'
import { listWorkspaces } from '../platform/postgres/list-workspaces.ts'
import type { KeyCount } from '../platform/postgres/wrapped-rows.ts'
import type { installationFiles } from './installation-files.ts'
import { wrappedTables } from './wrapped-tables.ts'

/** What stands under one key: how many of what, and in how many workspaces; 0 where they belong to the installation. */
export type KeyUse = {
  readonly keyId: string
  readonly purpose: KeyPurpose
  readonly what: string
  readonly rows: number
  readonly workspaces: number
}

/** Counts over all workspaces, one after the other, and in the file of the signing keys of this host. */
export async function countUnderKeys(options: {
  database: Database
  files: ReturnType<typeof installationFiles>
  clock: Clock
}): Promise<readonly KeyUse[]> {
  const { database, clock } = options
  const now = new Date(clock.nowMs())
  const uses = new Map<string, KeyUse>()
  const add = (purpose: KeyPurpose, what: string, counts: readonly KeyCount[], workspaces: number): void => {
    for (const { keyId, rows } of counts) {
      const place = `${what} ${keyId}`
      const known = uses.get(place) ?? { keyId, purpose, what, rows: 0, workspaces: 0 }
      uses.set(place, { ...known, rows: known.rows + rows, workspaces: known.workspaces + workspaces })
    }
  }
  for await (const scope of listWorkspaces(database.logins.worker)) {
    const counted = await database.workerWithWorkspace(scope, (tx) =>
      Promise.all(wrappedTables.map(async (table) => ({ table, counts: await table.count(tx) }))),
    )
    for (const { table, counts } of counted) add(table.purpose, table.what, counts, 1)
    const peppers = await database.withWorkspace(scope, (tx) => countByPepper(tx, now))
    add('api_key_pepper', 'API keys', peppers, 1)
  }
  add('signing', 'signing keys', await countWraps(options.files.signingKeys, 'sig'), 0)
  add('signing', 'evidence keys', await countWraps(options.files.evidenceKeys, 'evi'), 0)
  return [...uses.values()]
}

async function countWraps(path: string, use: SigningKeyUse): Promise<readonly KeyCount[]> {
  const text = await readPrivateFile(path)
  const stored = text === undefined ? [] : parseSigningKeys(path, text, use)
  return stored.map(({ wrapping_key_id: keyId }) => ({ keyId, rows: 1 }))
}

/** `versions of credentials: 3 (workspaces: 2)`. */
export function sayUse({ rows, what, workspaces }: KeyUse): string {
  return `${what}: ${rows}${workspaces === 0 ? '' : ` (workspaces: ${workspaces})`}`
}
