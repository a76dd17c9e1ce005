import type { TokenRate } from '../../../kernel/token-bucket.ts'

/** What one voice socket may take, in time and in bytes (data-boundary 5). Tests pass shorter times. */
export type VoiceSocketLimits = {
  /** How long a token may take to be judged. With what the network needs, the client hears something within 5 s. */
  readonly admitMs: number
  /** How long a client may take to say `client-ready`, and how much it may send by then, as it is on the wire. */
  readonly readyMs: number
  readonly readyBytes: number
  readonly pingMs: number
  /** How long the other side may take to answer a close. */
  readonly closeMs: number
  /** Of one message, all its fragments together. */
  readonly messageBytes: number
  /** No client of this protocol sends messages in pieces; proxies may. */
  readonly fragments: number
  /** Sent and not taken by the network: beyond the first, audio is dropped; beyond the second the socket closes. */
  readonly unsentAudioBytes: number
  /** The same for packets of Opus: as many seconds. */
  readonly unsentOpusBytes: number
  readonly unsentBytes: number
  /** On the wire: 48 kHz is 96 kB a second. One message of the largest size fits beside it. */
  readonly bytes: TokenRate
  /** Of any kind. A worklet that sends each block of 128 samples makes 375 a second at 48 kHz. */
  readonly frames: TokenRate
  /** Playback reports are 5 a second. */
  readonly messages: TokenRate
  /** Sound in ms: twice real time, and what a network that stood still for ten seconds hands over at once. */
  readonly audioMs: TokenRate
}

const kib = 1024

export const voiceSocketLimits: VoiceSocketLimits = {
  admitMs: 4_500,
  readyMs: 10_000,
  readyBytes: 64 * kib,
  pingMs: 20_000,
  closeMs: 3_000,
  messageBytes: 1024 * kib,
  fragments: 256,
  unsentAudioBytes: 192 * kib,
  unsentOpusBytes: 16 * kib,
  unsentBytes: 256 * kib,
  bytes: { burst: 2048 * kib, perSecond: 256 * kib },
  frames: { burst: 1_000, perSecond: 400 },
  messages: { burst: 60, perSecond: 20 },
  audioMs: { burst: 10_000, perSecond: 2_000 },
}
