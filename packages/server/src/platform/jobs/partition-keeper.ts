/**
 * Makes the monthly partitions that are missing, at start and then daily: three months ahead, so that a worker may be
 * away for two of them. Rows of a month without partition are refused, never misplaced.
 */

import { extendedQuery } from '../postgres/extended-query.ts'
import type { LoginPool } from '../postgres/login-pool.ts'

export type PartitionKeeper = { readonly stop: () => void }

const dayMs = 24 * 60 * 60 * 1000

/** Resolves after the first pass; that one throws, later ones report. */
export async function startPartitionKeeper(options: {
  worker: LoginPool
  onError: (error: unknown) => void
}): Promise<PartitionKeeper> {
  await ensurePartitions(options.worker)
  const timer = setInterval(() => {
    ensurePartitions(options.worker).catch(options.onError)
  }, dayMs)
  // The job must not keep a process alive that has nothing else to do.
  timer.unref()
  return { stop: () => clearInterval(timer) }
}

/** Returns how many partitions were made. Nothing is passed in: the function knows its tables and months. */
export async function ensurePartitions(worker: LoginPool): Promise<number> {
  const client = await worker.pool.connect()
  try {
    const { rows } = await extendedQuery<{ made: number }>(client, 'select app.ensure_partitions() as made')
    client.release()
    return rows[0]?.made ?? 0
  } catch (error) {
    client.release(true)
    throw error
  }
}
