import { askAs } from './ask-as.ts'
import type { LoginPool } from './login-pool.ts'

/** What may fail in one window, by one subject (a hash). */
export type AttemptLimit = { readonly subject: Buffer; readonly most: number; readonly windowSeconds: number }

/**
 * Counts one attempt that has not succeeded yet, in one statement, so that no number of them at once is more than `most`.
 * 0 when it was counted, else the seconds until the window ends, and nothing was changed. Windows that have ended are swept.
 */
export async function countAttempt(login: LoginPool, limit: AttemptLimit): Promise<number> {
  const rows = await askAs<{ counted: boolean; wait: number | null }>(
    login,
    `with gone as (
       delete from identity.sign_in_failures old where old.subject in (
         select o.subject from identity.sign_in_failures o
         where o.window_ends_at <= clock_timestamp() and o.subject <> $1 limit 100 for update skip locked)
     ), counted as (
       insert into identity.sign_in_failures as f (subject, failures, window_ends_at)
       values ($1, 1, clock_timestamp() + make_interval(secs => $3))
       on conflict (subject) do update set
         failures = case when f.window_ends_at <= clock_timestamp() then 1 else f.failures + 1 end,
         window_ends_at = case when f.window_ends_at <= clock_timestamp() then excluded.window_ends_at else f.window_ends_at end
       where f.window_ends_at <= clock_timestamp() or f.failures < $2
       returning subject
     )
     select exists (select 1 from counted) as counted, (
       select extract(epoch from f.window_ends_at - clock_timestamp())::double precision
       from identity.sign_in_failures f where f.subject = $1) as wait`,
    [limit.subject, limit.most, limit.windowSeconds],
  )
  const [row] = rows
  if (row?.counted === true) return 0
  // The row may have gone between the two looks; then the next attempt begins a window.
  return Math.max(1, row?.wait ?? 1)
}

/** Takes one counted attempt back, because it was right. */
export async function takeAttemptBack(login: LoginPool, subject: Buffer): Promise<void> {
  await askAs(
    login,
    'update identity.sign_in_failures set failures = failures - 1 where subject = $1 and failures > 0',
    [subject],
  )
}
