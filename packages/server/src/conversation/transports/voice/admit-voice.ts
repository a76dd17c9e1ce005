import type { SessionClaims } from '../../../guards/session-token.ts'
import type { VoiceClient, VoiceEvents } from '../../pipeline/voice/voice-client.ts'

/**
 * Opens the session that a verified token belongs to. `checkOrigins` is called with the list of the session's agent version
 * before anything is spent or begun, and throws session.origin_refused. Every refusal is an AppError.
 */
export type AdmitVoice = (request: {
  readonly claims: SessionClaims
  readonly checkOrigins: (allowed: readonly string[]) => void
}) => Promise<AdmittedVoice>

/** A session that waits for its client to be ready. Exactly one of the two is called, once. */
export type AdmittedVoice = {
  /** The client has said `client-ready` and has been told `bot-ready`. */
  readonly begin: (client: VoiceClient) => VoiceEvents
  /** The socket went before that. */
  readonly abandon: () => void
}
