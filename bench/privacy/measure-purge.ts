import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { decodeId, parseUuid, type Uuid } from '@hyponema/contract'
import { z } from 'zod'
import { openInstallation } from '../../packages/server/src/commands/open-installation.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { purgeWorkspace } from '../../packages/server/src/features/retention/public.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import type { WithWorkspace } from '../../packages/server/src/platform/postgres/with-workspace.ts'
import { copiedTalksSql } from '../../test/harness/copied-talks.ts'
import { alternatingPairs } from '../boundary/alternating-pairs.ts'
import type { BenchCluster } from '../boundary/bench-cluster.ts'
import { cores, startPinned } from '../voice/pinned-process.ts'
import { openTalks, type Talks } from './open-talks.ts'

export type PurgeFigures = {
  /** Server time of a live turn in milliseconds: while the purge runs, and while it waits between two of its batches. */
  readonly pairs: readonly (readonly [duringMs: number, beforeMs: number])[]
  readonly removed: number
  /** Of the purge alone: the time in which it waited for us is left out. */
  readonly seconds: number
  readonly batchesMs: readonly number[]
}

/** As in a talk that is neither short nor long. */
const turnsPerSession = 40
/** Sessions that one statement plants. */
const plantedAtOnce = 1_000

/**
 * Live talks over HTTP in the workspace that is purged. The purge is the product's own; between two of its transactions it can be
 * held, so that both halves of a pair are measured within one run, on the same rows.
 */
export async function measurePurge(
  cluster: BenchCluster,
  options: { pairs: number; turns: number; live: number },
): Promise<PurgeFigures> {
  await cluster.ask('create extension if not exists pg_stat_statements', 'postgres')
  const { host, port, database } = cluster.address
  const server = await startPinned(new URL('../boundary/boundary-server.ts', import.meta.url), cores.server, [
    ...['--home', cluster.home, '--host', host, '--port', String(port), '--database', database],
  ])
  try {
    const talks = await openTalks(server.port)
    const workspaceId = await plant(cluster, talks, options.turns)
    const purge = await startPurge(cluster, workspaceId)
    try {
      const measure = async (isRunning: boolean): Promise<number> => {
        if (isRunning) purge.release()
        else await purge.hold()
        return turnMs(cluster, talks, options.live)
      }
      await measure(false)
      await purge.untilTurnsGo()
      const pairs = await alternatingPairs(
        options.pairs,
        () => measure(true),
        () => measure(false),
      )
      if (purge.isDone()) throw new Error('the purge ended before the pairs did; give it more --turns')
      return { pairs, ...(await purge.end()) }
    } finally {
      await purge.close()
    }
  } finally {
    server.child.kill()
    await once(server.child, 'exit')
  }
}

/** The first talk as often as it takes, old enough for the standard rules. Returns its workspace. */
async function plant(cluster: BenchCluster, talks: Talks, turns: number): Promise<Uuid> {
  const sessionId = decodeId('session', await talks.endedTalk())
  if (sessionId === undefined) throw new Error('no session')
  const [row] = z
    .array(z.object({ workspace_id: z.string(), turns: z.coerce.number() }))
    .parse(
      await cluster.ask(
        `select workspace_id::text, count(*) as turns from tenant.turns where session_id = '${sessionId}' group by 1`,
      ),
    )
  const turnsPerTurn = Math.round(turnsPerSession / (row?.turns ?? Number.NaN))
  for (let left = Math.ceil(turns / turnsPerSession); left > 0; left -= plantedAtOnce) {
    const count = Math.min(left, plantedAtOnce)
    await cluster.ask(copiedTalksSql({ sessionId, count, turnsPerTurn, endedDaysAgo: 900 }))
  }
  await cluster.ask('vacuum analyze')
  await cluster.ask('checkpoint')
  const workspaceId = parseUuid(row?.workspace_id ?? '')
  if (workspaceId === undefined) throw new Error('no workspace')
  return workspaceId
}

/** What the app's login asked of the database for a turn: all statements of all its transactions, and their planning. */
async function turnMs(cluster: BenchCluster, talks: Talks, turns: number): Promise<number> {
  await cluster.ask('select pg_stat_statements_reset()', 'postgres')
  await talks.say(turns)
  const [row] = z.array(z.object({ ms: z.coerce.number() })).parse(
    await cluster.ask(
      `select sum(s.total_exec_time + s.total_plan_time) as ms from pg_stat_statements s
       join pg_roles r on r.oid = s.userid where r.rolname = 'hyponema_app'`,
      'postgres',
    ),
  )
  return (row?.ms ?? Number.NaN) / turns
}

async function startPurge(cluster: BenchCluster, workspaceId: Uuid) {
  const config = readConfig({ environment: { HYPONEMA_HOME: cluster.home }, workingFolder: cluster.home })
  const installation = await openInstallation({ config, clock: systemClock, address: cluster.address })
  const newId = idMaker(systemClock)
  const gate = new Gate()
  const batchesMs: number[] = []
  const { workerWithWorkspace } = installation.database
  const gated: WithWorkspace = (scope, work) =>
    gate.pass(async () => {
      const startedMs = performance.now()
      const done = await workerWithWorkspace(scope, work)
      batchesMs.push(performance.now() - startedMs)
      return done
    })
  const progress = { rows: 0, isDone: false }
  const startedMs = performance.now()
  const running = purgeWorkspace(
    {
      withWorkspace: gated,
      contentKeys: createContentKeys({ epochKeys: keyringKeyService(installation.keyring, 'epoch'), newId }),
      newId,
      nowMs: () => systemClock.nowMs(),
      onProgress: (more) => {
        progress.rows += more
      },
    },
    provenScope(workspaceId),
  )
  const ended = running.then(
    (removed) => {
      progress.isDone = true
      return { removed: removed.transcripts ?? 0, seconds: (performance.now() - startedMs - gate.heldMs) / 1000 }
    },
    (error: unknown) => {
      progress.isDone = true
      throw error
    },
  )
  return {
    hold: () => gate.hold(),
    release: () => gate.release(),
    isDone: () => progress.isDone,
    /** Words of tools go first, of which these turns have none. */
    untilTurnsGo: async () => {
      gate.release()
      while (progress.rows === 0 && !progress.isDone) await pause(5)
    },
    end: async () => {
      gate.release()
      return { ...(await ended), batchesMs }
    },
    close: async () => {
      gate.release()
      await ended.catch(() => undefined)
      await installation.database.close()
      await installation.closeKeys()
    },
  }
}

/** Lets transactions pass one by one, or holds the next one. */
class Gate {
  #open: (() => void) | undefined
  #opened: Promise<void> | undefined
  #inside: Promise<unknown> = Promise.resolve()
  #heldSinceMs = 0
  heldMs = 0

  async pass<T>(work: () => Promise<T>): Promise<T> {
    await this.#opened
    const running = work()
    this.#inside = running.catch(() => undefined)
    return running
  }

  /** Resolves when nothing is inside any more. */
  async hold(): Promise<void> {
    if (this.#opened === undefined) {
      this.#heldSinceMs = performance.now()
      this.#opened = new Promise((resolve) => {
        this.#open = resolve
      })
    }
    await this.#inside
  }

  release(): void {
    if (this.#opened === undefined) return
    this.heldMs += performance.now() - this.#heldSinceMs
    this.#opened = undefined
    this.#open?.()
  }
}
