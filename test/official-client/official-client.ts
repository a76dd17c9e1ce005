import type { ClientRecording } from './client-recording.ts'

export type SendOptions = { readonly run_immediately?: boolean; readonly audio_response?: boolean }
/** As the official client takes them; anything else it refuses by itself. */
export type ConnectParams = { readonly wsUrl: string; readonly token?: string }

/** The unmodified official client, wherever it runs. */
export type OfficialClient = {
  readonly recording: ClientRecording
  /** What `bot-ready` brought. Where the server refuses, the client's own promise never settles, and neither does this one. */
  readonly connect: (params: ConnectParams) => Promise<unknown>
  readonly sendText: (text: string, options?: SendOptions) => Promise<void>
  readonly disconnectBot: () => Promise<void>
  /** Closes the socket and nothing else. */
  readonly disconnect: () => Promise<void>
  /** What the server has no use for. */
  readonly sendEverythingElse: () => Promise<void>
  /** Three messages that the server refuses. */
  readonly sendWhatIsRefused: () => Promise<void>
  /** All that came, as far as this place can see it, as text: events and log, and in the browser the bytes of the sockets. */
  readonly everythingReceived: () => string
  readonly close: () => Promise<void>
}
