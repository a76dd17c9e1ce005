/**
 * Threat: many large files at once fill the memory of the process, and one workspace takes the room of all.
 * Rule: what is being received and stored holds room for as many bytes as it may have, from before its first byte is read until
 * it is answered; a workspace holds at most half of the room.
 * On failure: request.rate_limited; nothing of the body is read.
 */
import type { Uuid } from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'

const mebibyte = 1024 * 1024
/** A file is there up to five times for a moment: as it comes in, whole, sealed, and on its way to the disk. */
const usualRoom = 80 * mebibyte
/** A file of 20 MiB is stored within a second or two. */
const retryAfterSeconds = 2

export class UploadRoom {
  readonly #most: number
  readonly #byWorkspace = new Map<Uuid, number>()
  #taken = 0

  constructor(mostBytes = usualRoom) {
    this.#most = mostBytes
  }

  /** Takes room and returns how to give it back, which is done once. */
  take(workspaceId: Uuid, bytes: number): () => void {
    const own = this.#byWorkspace.get(workspaceId) ?? 0
    if (this.#taken + bytes > this.#most || own + bytes > this.#most / 2)
      throw new AppError('request.rate_limited', 'no room for another file at this moment', { retryAfterSeconds })
    this.#add(workspaceId, bytes)
    let isGiven = false
    return () => {
      if (isGiven) return
      isGiven = true
      this.#add(workspaceId, -bytes)
    }
  }

  #add(workspaceId: Uuid, bytes: number): void {
    this.#taken += bytes
    const own = (this.#byWorkspace.get(workspaceId) ?? 0) + bytes
    if (own === 0) this.#byWorkspace.delete(workspaceId)
    else this.#byWorkspace.set(workspaceId, own)
  }
}
