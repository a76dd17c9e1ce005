/** What one socket may cost us, whoever is at its other end. */
export type WebSocketLimits = {
  /** From the checked address to the answer of the upgrade, every attempt to connect included. */
  readonly handshakeMs: number
  readonly totalMs: number
  readonly maxMessageBytes: number
  readonly maxMessagesPerSecond: number
  /** What we have sent and the other side has not taken. */
  readonly maxUnsentBytes: number
}

export const defaultWebSocketLimits: WebSocketLimits = {
  // A person waits for this in silence; a vendor's edge answers within a round trip or two.
  handshakeMs: 5000,
  // Longer than nearly every conversation; who needs more opens another.
  totalMs: 3_600_000,
  // Four seconds of 24 kHz audio in base64 are 256 KiB; vendors send less at once.
  maxMessageBytes: 1_048_576,
  // Speech comes in tens of messages a second, faster than it is spoken in a few hundred.
  maxMessagesPerSecond: 500,
  // Half a minute of 16 kHz audio: a peer that far behind does not listen any more.
  maxUnsentBytes: 1_048_576,
}
