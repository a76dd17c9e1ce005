/** Sub-protocols of the voice socket: the first is spoken, the second carries the token behind its dot. */
export const voiceSubprotocol = 'hyponema.rtvi.v2'
export const tokenSubprotocolPrefix = 'hyponema.token.'

/** Close codes of the voice socket (product.md); the registered ones of RFC 6455 beside them say what was malformed. */
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
} as const
export type VoiceCloseCode = (typeof voiceCloseCodes)[keyof typeof voiceCloseCodes]
