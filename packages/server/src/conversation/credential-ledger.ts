/**
 * What sessions do with credentials, on its way into the database: how often each was opened, and whether its provider takes
 * it. Turns wait for none of it.
 *
 * counted -> taken by the commit of a turn, or by the next write of this process -> written | failed: counted again
 *
 * A write is tried every second while something waits, at once when a session has ended, and a last few times when the server
 * stops. A process that is killed loses what its running turns have counted.
 */
import type { OpeningPurpose, Uuid } from '@hyponema/contract'
import {
  type RefusalReason,
  recordOpenings,
  recordRefusal,
  type SessionOpening,
  setWorking,
} from '../features/credentials/public.ts'
import type { ContentKeys } from '../guards/content-keys.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import type { Database } from '../platform/postgres/database.ts'

const writeEveryMs = 1_000
/** A stop waits for the database a moment, and not for one that is gone. */
const lastTries = 3
/** A provider that refuses is asked again at every turn; the database need not hear of each. */
const refusedAgainAfterMs = 60_000

/** A version that a session holds. */
export type HeldVersion = {
  readonly scope: WorkspaceScope
  readonly sessionId: Uuid
  readonly credentialId: Uuid
  readonly version: number
  readonly purpose: OpeningPurpose
}

/** What belongs to one session. */
export type SessionLedger = {
  /** Takes what is counted and not written. Who takes it writes it, or puts it back. */
  readonly take: () => readonly SessionOpening[]
  readonly putBack: (openings: readonly SessionOpening[]) => void
}

type Waiting = { readonly scope: WorkspaceScope; opening: SessionOpening }

type Options = {
  readonly database: Pick<Database, 'withWorkspace'>
  readonly clock: Clock
  readonly newId: NewId
  readonly contentKeys: ContentKeys
  readonly log: (message: string, error: unknown) => void
}

export class CredentialLedger {
  readonly #options: Options
  readonly #waiting = new Map<string, Waiting>()
  /** By version: when its refusal was last written. */
  readonly #refused = new Map<string, number>()
  readonly #tasks = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: Options) {
    this.#options = options
  }

  opened(held: HeldVersion): void {
    const at = new Date(this.#options.clock.nowMs())
    const { scope, sessionId, credentialId, version, purpose } = held
    const opening = { sessionId, credentialId, version, purpose, openings: 1, firstOpenedAt: at, lastOpenedAt: at }
    this.#add({ scope, opening: { ...opening, id: this.#options.newId() } })
  }

  forSession(scope: WorkspaceScope, sessionId: Uuid): SessionLedger {
    return {
      take: () => this.#take((waiting) => waiting.opening.sessionId === sessionId).map(({ opening }) => opening),
      putBack: (openings) => openings.forEach((opening) => this.#add({ scope, opening })),
    }
  }

  /** Its provider refused it. */
  refused(held: HeldVersion, reason: RefusalReason): void {
    const name = nameOf(held)
    const nowMs = this.#options.clock.nowMs()
    const lastMs = this.#refused.get(name)
    if (lastMs !== undefined && nowMs - lastMs < refusedAgainAfterMs) return
    this.#refused.set(name, nowMs)
    this.#run('a refused credential could not be noted', async () => {
      const { credentialId: id, version } = held
      await this.#options.database
        .withWorkspace(held.scope, (tx) => recordRefusal(tx, { ...this.#options, id, version, reason }))
        .catch((error: unknown) => {
          this.#refused.delete(name)
          throw error
        })
    })
  }

  /** Its provider took it. Costs nothing but where it was refused before, as far as this process or its session knows. */
  worked(held: HeldVersion, wasFailing: boolean): void {
    if (!this.#refused.delete(nameOf(held)) && !wasFailing) return
    const { credentialId: id, version } = held
    this.#run('a credential that works again could not be noted', () =>
      this.#options.database.withWorkspace(held.scope, (tx) => setWorking(tx, id, version)),
    )
  }

  /** Writes what waits, as after the end of a session. */
  write(): void {
    this.#run('openings of credentials could not be written and will be tried again', () => this.#write())
  }

  /** For a stop: resolves when everything is written, or was tried often enough. */
  async flush(): Promise<void> {
    for (let tries = 0; tries < lastTries && (this.#waiting.size > 0 || this.#tasks.size > 0); tries += 1) {
      this.write()
      await Promise.all(this.#tasks)
    }
    clearTimeout(this.#timer)
  }

  #add({ scope, opening }: Waiting): void {
    const name = `${opening.sessionId} ${opening.credentialId} ${opening.version} ${opening.purpose}`
    const waiting = this.#waiting.get(name)
    if (waiting === undefined) this.#waiting.set(name, { scope, opening })
    else waiting.opening = joined(waiting.opening, opening)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.write()
    }, writeEveryMs).unref()
  }

  #take(wanted: (waiting: Waiting) => boolean): readonly Waiting[] {
    const taken = [...this.#waiting].filter(([, waiting]) => wanted(waiting))
    for (const [name] of taken) this.#waiting.delete(name)
    return taken.map(([, waiting]) => waiting)
  }

  async #write(): Promise<void> {
    const byWorkspace = Map.groupBy(
      this.#take(() => true),
      ({ scope }) => scope.workspaceId,
    )
    const written = await Promise.allSettled([...byWorkspace.values()].map((group) => this.#writeGroup(group)))
    const failure = written.find((result) => result.status === 'rejected')
    if (failure !== undefined) throw failure.reason
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const [first] = group
    if (first === undefined) return
    const openings = group.map(({ opening }) => opening)
    try {
      await this.#options.database.withWorkspace(first.scope, (tx) => recordOpenings(tx, this.#options, openings))
    } catch (error) {
      for (const waiting of group) this.#add(waiting)
      throw error
    }
  }

  #run(failure: string, work: () => Promise<void>): void {
    const task = work()
      .catch((error: unknown) => this.#options.log(failure, error))
      .finally(() => this.#tasks.delete(task))
    this.#tasks.add(task)
  }
}

function nameOf({ credentialId, version }: HeldVersion): string {
  return `${credentialId} ${version}`
}

function joined(one: SessionOpening, other: SessionOpening): SessionOpening {
  return {
    ...one,
    openings: one.openings + other.openings,
    firstOpenedAt: one.firstOpenedAt < other.firstOpenedAt ? one.firstOpenedAt : other.firstOpenedAt,
    lastOpenedAt: one.lastOpenedAt > other.lastOpenedAt ? one.lastOpenedAt : other.lastOpenedAt,
  }
}
