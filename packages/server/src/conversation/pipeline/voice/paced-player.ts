/**
 * Sends speech about as fast as it is played, so that an interruption finds little of it under way (voice-runtime 2).
 *
 * idle --push--> sending --(queue empty)--> dry --push--> sending ... --end, all played--> over
 *                  | hold ^ resume                                      stop: over at once, from anywhere
 *                  '-> held: nothing leaves, nothing is lost
 *
 * Two timelines are kept. By the one of the server the sending is paced, so that no client can hurry or stop it. The other is
 * what the client has played: the same until it reports, then what it says.
 */
import { speechBytesPerSecond } from '../../providers/text-to-speech-port.ts'
import type { PlayClock } from './play-clock.ts'

const bytesPerMs = speechBytesPerSecond / 1000
const frameBytes = 20 * bytesPerMs
/**
 * What the client may have unplayed, seen from here. With a pulse every 20 ms it has 60 to 100 ms: less underran players when a
 * pulse was late, and the rule allows 200, network included.
 */
const maxLeadMs = 100
/** What is left of a frame is sent by itself before the client runs dry, not when more of it comes. */
const nearlyDryMs = 20
/** 30 s of speech: a reply of a usual length is fetched whole, a long one makes its provider wait. */
const maxQueuedBytes = 30_000 * bytesPerMs
/** A client that tells that it plays nothing is believed, but not waited for any longer. */
const stuckAfterMs = 3000
/** A client that reports the same position again plays nothing until it reports another, or has not reported for so long. */
const standsStillMs = 1000

type Options = {
  readonly playClock: PlayClock
  readonly sendAudio: (pcm: Uint8Array) => void
  /**
   * Set where what is sent is encoded: it then leaves in whole frames of 20 ms, so much of it is heard later than it is played,
   * and silence pushes the end of it out.
   */
  readonly encoderDelayMs?: number | undefined
  /** Called with every pulse while something plays; after it, once more when all has been played. */
  readonly onPulse: () => void
  /** Sending failed, or `onPulse` did. Nothing is sent any more. */
  readonly onFailed: (error: unknown) => void
}

export class PacedPlayer {
  readonly #options: Options
  readonly #queue: Uint8Array[] = []
  readonly #paced = new Timeline()
  readonly #heard = new Timeline()
  #queuedBytes = 0
  #pushedBytes = 0
  #sentBytes = 0
  #isHeld = false
  #isEnded = false
  #isStopped = false
  #reportedMs: number | undefined
  #progressAtMs = 0
  #stopPulse: (() => void) | undefined
  #room: (() => void) | undefined

  constructor(options: Options) {
    this.#options = options
  }

  /** Takes audio into the queue, whatever there is in it already; `whenRoom` tells when more should come. */
  push(pcm: Uint8Array): void {
    if (this.#isEnded || this.#isStopped || pcm.length === 0) return
    this.#queue.push(pcm)
    this.#queuedBytes += pcm.length
    this.#pushedBytes += pcm.length
    this.#pump({ isPulse: false })
  }

  /** For the one who pushes. Also resolves when nothing will be played any more. */
  whenRoom(): Promise<void> {
    if (this.#isStopped || this.#queuedBytes < maxQueuedBytes) return Promise.resolve()
    return new Promise((resolve) => {
      this.#room = resolve
    })
  }

  /** Nothing is pushed any more. The last frame is filled up with silence. */
  end(): void {
    if (this.#isEnded || this.#isStopped) return
    this.#isEnded = true
    if (this.#options.encoderDelayMs !== undefined && this.#pushedBytes > 0) {
      this.#queue.push(new Uint8Array(frameBytes))
      this.#queuedBytes += frameBytes
    }
    this.#pump({ isPulse: false })
  }

  /** Sends nothing from now on, and keeps all of it. */
  hold(): void {
    this.#isHeld = true
  }

  /** Goes on where it stopped. */
  resume(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#pump({ isPulse: false })
  }

  /** Sends nothing any more and drops what waits. */
  stop(): void {
    this.#isStopped = true
    this.#queue.length = 0
    this.#queuedBytes = 0
    this.#rest()
    this.#makeRoom()
  }

  /** The client says how much of this it has played. Replaces the estimate; never falls, and nobody plays what was not sent. */
  report(playedMs: number): void {
    if (!Number.isFinite(playedMs)) return
    const nowMs = this.#options.playClock.nowMs()
    const before = this.#reportedMs ?? 0
    this.#reportedMs = Math.min(this.#sentMs, Math.max(before, playedMs))
    if (this.#reportedMs > before) {
      this.#progressAtMs = nowMs
      this.#heard.moveTo(nowMs, this.#reportedMs)
    } else {
      this.#heard.moveTo(nowMs + standsStillMs, this.#reportedMs)
    }
    if (!this.#isStopped) this.#pulseOn()
  }

  /** How much of what was pushed has been played, as far as one can know. */
  get playedMs(): number {
    return Math.min(Math.max(0, this.#heardMs - (this.#options.encoderDelayMs ?? 0)), this.pushedMs)
  }

  get pushedMs(): number {
    return this.#pushedBytes / bytesPerMs
  }

  /** `played`: all that was pushed has been played, and no more comes. `stuck`: the client says that it plays no more. */
  get state(): 'playing' | 'played' | 'stuck' {
    if (!this.#isEnded || this.#queuedBytes > 0) return 'playing'
    if (this.playedMs >= this.pushedMs) return 'played'
    const lastMoveMs = Math.max(this.#progressAtMs, this.#paced.endMs(this.#sentMs))
    return this.#options.playClock.nowMs() > lastMoveMs + stuckAfterMs ? 'stuck' : 'playing'
  }

  get #sentMs(): number {
    return this.#sentBytes / bytesPerMs
  }

  /** With what fills up the last frame. */
  get #heardMs(): number {
    const estimatedMs = this.#heard.playedMs(this.#options.playClock.nowMs(), this.#sentMs)
    return Math.max(this.#reportedMs ?? 0, estimatedMs)
  }

  #pump({ isPulse }: { isPulse: boolean }): void {
    if (this.#isStopped) return
    try {
      this.#send(isPulse)
    } catch (error) {
      this.stop()
      this.#options.onFailed(error)
      return
    }
    this.#pulseOn()
  }

  #send(isPulse: boolean): void {
    const nowMs = this.#options.playClock.nowMs()
    while (!this.#isHeld && !this.#isStopped) {
      const leadMs = this.#sentMs - this.#paced.playedMs(nowMs, this.#sentMs)
      const frame =
        leadMs + frameBytes / bytesPerMs > maxLeadMs ? undefined : this.#takeFrame(isPulse && leadMs < nearlyDryMs)
      if (frame === undefined) return
      this.#paced.sending(nowMs, this.#sentMs)
      this.#heard.sending(nowMs, this.#sentMs)
      this.#sentBytes += frame.length
      if (this.#queuedBytes < maxQueuedBytes) this.#makeRoom()
      this.#options.sendAudio(frame)
    }
  }

  #takeFrame(isNearlyDry: boolean): Uint8Array | undefined {
    if (this.#queuedBytes >= frameBytes) return this.#take(frameBytes)
    if (this.#queuedBytes === 0) return undefined
    const sendsParts = this.#options.encoderDelayMs === undefined
    if (!this.#isEnded) return isNearlyDry && sendsParts ? this.#take(this.#queuedBytes) : undefined
    const padded = new Uint8Array(frameBytes)
    padded.set(this.#take(this.#queuedBytes))
    return padded
  }

  /** The next bytes, without a copy where they lie in one piece. */
  #take(length: number): Uint8Array {
    this.#queuedBytes -= length
    const [first] = this.#queue
    if (first !== undefined && first.length >= length) {
      if (first.length === length) this.#queue.shift()
      else this.#queue[0] = first.subarray(length)
      return first.subarray(0, length)
    }
    const taken = new Uint8Array(length)
    for (let filled = 0; filled < length; ) {
      const [piece = taken] = this.#queue
      const part = piece.subarray(0, length - filled)
      taken.set(part, filled)
      filled += part.length
      if (part.length === piece.length) this.#queue.shift()
      else this.#queue[0] = piece.subarray(part.length)
    }
    return taken
  }

  #pulseOn(): void {
    this.#stopPulse ??= this.#options.playClock.start(() => this.#pulse())
  }

  #pulse(): void {
    this.#pump({ isPulse: true })
    if (this.#isStopped) return
    if (this.#isAtRest()) this.#rest()
    try {
      this.#options.onPulse()
    } catch (error) {
      this.stop()
      this.#options.onFailed(error)
    }
  }

  /** Nothing leaves and nothing is under way, until somebody pushes, resumes, ends or reports. */
  #isAtRest(): boolean {
    if (this.#isEnded) return this.state !== 'playing' || (this.#isHeld && this.#queuedBytes > 0 && this.#isDry())
    return (this.#isHeld || this.#queuedBytes === 0) && this.#isDry()
  }

  #isDry(): boolean {
    return this.#heardMs >= this.#sentMs
  }

  #rest(): void {
    this.#stopPulse?.()
    this.#stopPulse = undefined
  }

  #makeRoom(): void {
    this.#room?.()
    this.#room = undefined
  }
}

/** When what was sent is played, one after the other; it stands still while there is nothing to play. */
class Timeline {
  #startedMs = Number.NEGATIVE_INFINITY

  playedMs(nowMs: number, sentMs: number): number {
    return Math.max(0, Math.min(sentMs, nowMs - this.#startedMs))
  }

  endMs(sentMs: number): number {
    return this.#startedMs + sentMs
  }

  /** More is sent now. Had all been played before, it is played from now on. */
  sending(nowMs: number, sentMs: number): void {
    if (nowMs - this.#startedMs > sentMs) this.moveTo(nowMs, sentMs)
  }

  moveTo(nowMs: number, playedMs: number): void {
    this.#startedMs = nowMs - playedMs
  }
}
