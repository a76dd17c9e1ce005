/**
 * Threat: many large files at once fill the memory of the process, and one workspace or two take the room of all, with files
 * that never come to their end.
 * Rule: what is being received and stored holds room for as many bytes as it may have, from before its first byte is read until
 * it is answered; a workspace holds at most half of the room. Where there is none left, files that have been on their way for long
 * give way, those of the workspace that holds the most first, to one that will hold less than that.
 * On failure: request.rate_limited; nothing of the body is read, and nobody gives way for nothing.
 */
import type { Uuid } from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'

const mebibyte = 1024 * 1024
/** A file is there up to five times for a moment: as it comes in, whole, sealed, and on its way to the disk. */
const usualRoom = 80 * mebibyte
/** A file of 20 MiB is stored within a second or two. */
const retryAfterSeconds = 2

/** A file of 20 MiB comes in that time over 11 Mbit/s; what is slower is in nobody's way while there is room. */
const patienceMs = 15_000

/** Who waits for a file to come. */
export type Arriving = {
  /** False once the file is there. */
  readonly canGiveWay: () => boolean
  readonly giveWay: () => void
}

type Holder = Arriving & {
  readonly workspaceId: Uuid
  readonly bytes: number
  readonly sinceMs: number
  readonly leave: () => void
}

const staying: Arriving = { canGiveWay: () => false, giveWay: () => undefined }

export class UploadRoom {
  readonly #most: number
  readonly #nowMs: () => number
  readonly #byWorkspace = new Map<Uuid, number>()
  /** In the order in which they came. */
  readonly #holders = new Set<Holder>()
  #taken = 0

  constructor(mostBytes = usualRoom, nowMs: () => number = () => performance.now()) {
    this.#most = mostBytes
    this.#nowMs = nowMs
  }

  /** Takes room and returns how to give it back, which is done once. */
  take(workspaceId: Uuid, bytes: number, arriving: Arriving = staying): () => void {
    const own = this.#heldBy(workspaceId)
    const isTooMuch = own + bytes > this.#most / 2
    const giving = isTooMuch ? undefined : this.#whoGivesWay(this.#taken + bytes - this.#most, own + bytes)
    if (giving === undefined)
      throw new AppError('request.rate_limited', 'no room for another file at this moment', { retryAfterSeconds })
    for (const { giveWay, leave } of giving) {
      giveWay()
      leave()
    }
    const leave = (): void => {
      if (this.#holders.delete(holder)) this.#add(workspaceId, -bytes)
    }
    const holder: Holder = { ...arriving, workspaceId, bytes, sinceMs: this.#nowMs(), leave }
    this.#holders.add(holder)
    this.#add(workspaceId, bytes)
    return leave
  }

  /** Undefined where they are not enough. */
  #whoGivesWay(missing: number, forHolding: number): readonly Holder[] | undefined {
    const giving: Holder[] = []
    let left = missing
    const slow = [...this.#holders]
      .filter((holder) => this.#nowMs() - holder.sinceMs >= patienceMs && holder.canGiveWay())
      .filter((holder) => this.#heldBy(holder.workspaceId) > forHolding)
      .toSorted((one, other) => this.#heldBy(other.workspaceId) - this.#heldBy(one.workspaceId))
    for (const holder of slow) {
      if (left <= 0) break
      giving.push(holder)
      left -= holder.bytes
    }
    return left <= 0 ? giving : undefined
  }

  #heldBy(workspaceId: Uuid): number {
    return this.#byWorkspace.get(workspaceId) ?? 0
  }

  #add(workspaceId: Uuid, bytes: number): void {
    this.#taken += bytes
    const own = this.#heldBy(workspaceId) + bytes
    if (own === 0) this.#byWorkspace.delete(workspaceId)
    else this.#byWorkspace.set(workspaceId, own)
  }
}
