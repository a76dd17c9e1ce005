/** Lines of the voice transport. They name codes and kinds; never a token, an address of a page, or what somebody said. */
export type VoiceLog = (line: {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly error?: unknown
}) => void
