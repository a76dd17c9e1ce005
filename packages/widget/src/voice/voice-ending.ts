import { type EndReason, voiceCloseCodes } from '@hyponema/contract'

/**
 * Why a voice conversation is over, or did not begin.
 * - `ended`: by either side, as it should.
 * - `token`, `origin`, `gone`, `idle_or_duration`, `limit`, `unavailable`, `malformed`: the server said so by its close code.
 * - `unreachable`: no socket could be opened. `silent`: the socket opened, and the server did not say that it is ready in time.
 * - `stopped`: the server was stopped, and the session ended with it.
 * - `lost`: the connection was lost, and could not be made again while the server kept the session.
 */
export type VoiceEnding = {
  readonly kind:
    | 'ended'
    | 'token'
    | 'origin'
    | 'gone'
    | 'idle_or_duration'
    | 'limit'
    | 'unavailable'
    | 'malformed'
    | 'unreachable'
    | 'silent'
    | 'stopped'
    | 'lost'
  /** Of the socket, where there was one. */
  readonly closeCode: number | undefined
}

const kinds: ReadonlyMap<number, VoiceEnding['kind']> = new Map<number, VoiceEnding['kind']>([
  [voiceCloseCodes.ended, 'ended'],
  [voiceCloseCodes.text_frame, 'malformed'],
  [voiceCloseCodes.malformed, 'malformed'],
  [voiceCloseCodes.too_large, 'malformed'],
  [voiceCloseCodes.token, 'token'],
  [voiceCloseCodes.origin, 'origin'],
  [voiceCloseCodes.gone, 'gone'],
  [voiceCloseCodes.idle_or_duration, 'idle_or_duration'],
  [voiceCloseCodes.limit, 'limit'],
  [voiceCloseCodes.unavailable, 'unavailable'],
])

/** Behind 1001: the session was closed with its process. Without it a proxy went away, and the session waits. */
const serverStopped: EndReason = 'server_stopped'

/** What the server meant by closing. Undefined: nothing about the session, only this connection is gone. */
export function endingOf(closeCode: number, reason = ''): VoiceEnding | undefined {
  const isOver = closeCode === voiceCloseCodes.server_stopping && reason === serverStopped
  const kind = isOver ? 'stopped' : kinds.get(closeCode)
  return kind === undefined ? undefined : { kind, closeCode }
}
