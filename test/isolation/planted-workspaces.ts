import type { LoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { askerOf } from '../../packages/server/src/platform/postgres/prover/asker.ts'
import {
  type Planted,
  plant as plantWith,
} from '../../packages/server/src/platform/postgres/prover/planted-workspaces.ts'

export { insertInto, type Planted } from '../../packages/server/src/platform/postgres/prover/planted-workspaces.ts'

/** One workspace with one row in the table, or with none but what such a row needs (row-factories.ts of the prover). */
export function plant(admin: LoginPool, table: string, how: 'full' | 'empty'): Promise<Planted> {
  return plantWith(askerOf(admin), table, how)
}
