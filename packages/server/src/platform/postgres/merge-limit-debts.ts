import { askAs } from './ask-as.ts'
import type { LoginPool } from './login-pool.ts'

/** Each key is the SHA-256 of a budget and of whose it is; see the migration that made `app.limits_merge`. */
export type LimitDebt = { readonly key: Buffer; readonly amount: number; readonly perSecond: number }

/** Adds what was taken to what every process took; answers, by the key in hex, with what has not flowed back. */
export async function mergeLimitDebts(
  login: LoginPool,
  taken: readonly LimitDebt[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await askAs<{ key: Buffer; debt: number }>(
    login,
    'select key, debt from app.limits_merge($1::bytea[], $2::double precision[], $3::double precision[])',
    [taken.map(({ key }) => key), taken.map(({ amount }) => amount), taken.map(({ perSecond }) => perSecond)],
  )
  return new Map(rows.map(({ key, debt }) => [key.toString('hex'), debt]))
}
