/**
 * How a session listens (voice-runtime 3). Times are in seconds, as the field names them everywhere else; volumes and
 * confidences go from 0 to 1.
 */
export type ListeningProfile = {
  /** How sure the detector has to be that a frame is speech; fvad has four degrees of it, by quarters. */
  readonly vad_confidence: number
  /** Speech for so long is a beginning. */
  readonly vad_start_secs: number
  /** Silence for so long is a pause. Whether the person has finished is decided afterwards, by words. */
  readonly vad_stop_secs: number
  /** Root mean square of a frame, as a part of full scale, below which nothing is speech. */
  readonly vad_min_volume: number
  /** What cuts the agent short: any word that is no backchannel, nothing, or so many words. */
  readonly interruption_policy: 'always' | 'never' | 'min_words'
  /** Counts under `min_words` only. */
  readonly min_words_before_interrupt: number
  /** False: the greeting is heard to its end, whoever speaks. */
  readonly first_message_interruptible: boolean
  /** Not in use yet: nothing of it is installed. */
  readonly noise_suppression: boolean
  /** Not in use yet: clients cancel the echo of the agent themselves. */
  readonly audio_gate_enabled: boolean
  /** Seconds until the filler of the agent is said; null where its own setting holds. */
  readonly soft_timeout: number | null
}

/** Holds where neither the agent nor its user has a profile. */
export const builtInProfile: ListeningProfile = {
  vad_confidence: 0.7,
  vad_start_secs: 0.2,
  vad_stop_secs: 0.3,
  // -46 dBFS: below a quiet voice at a laptop (-40), above the hiss of its microphone (-55).
  vad_min_volume: 0.005,
  interruption_policy: 'always',
  min_words_before_interrupt: 2,
  first_message_interruptible: true,
  noise_suppression: false,
  audio_gate_enabled: false,
  soft_timeout: null,
}
