import type {
  tokenSubprotocolPrefix as contractTokenSubprotocolPrefix,
  voiceCloseCodes as contractVoiceCloseCodes,
  voiceSubprotocol as contractVoiceSubprotocol,
} from '@hyponema/contract'

/**
 * The contract's values once more, held to it by their types: importing them would bring the schemas and their library into
 * the page, which are five times as large as all of its own code.
 */
export const voiceSubprotocol: typeof contractVoiceSubprotocol = 'hyponema.rtvi.v2'
export const tokenSubprotocolPrefix: typeof contractTokenSubprotocolPrefix = 'hyponema.token.'
export const voiceCloseCodes = {
  ended: 1000,
  server_stopping: 1001,
  text_frame: 1003,
  malformed: 1007,
  too_large: 1009,
  internal: 1011,
  token: 4001,
  origin: 4003,
  gone: 4404,
  idle_or_duration: 4408,
  limit: 4429,
  unavailable: 4500,
} as const satisfies typeof contractVoiceCloseCodes
