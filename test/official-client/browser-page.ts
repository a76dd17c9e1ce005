/** What the test's page runs: the stock client, transport and media manager, and a bridge that tells the test what they do. */
import { PipecatClient } from '@pipecat-ai/client-js'
import { WavMediaManager, WebSocketTransport } from '@pipecat-ai/websocket-transport'
import { captureConsole } from './capture-console.ts'
import type { Recorder } from './client-recording.ts'
import type { ConnectParams, SendOptions } from './official-client.ts'
import { recordingCallbacks } from './recording-callbacks.ts'
import { sendEverythingElse, sendWhatIsRefused } from './send-everything-else.ts'

export type PageCommands = {
  readonly open: (options: PageOptions) => void
  readonly connect: (params: ConnectParams) => Promise<unknown>
  readonly startBotAndConnect: (endpoint: string) => Promise<unknown>
  readonly sendText: (text: string, options: SendOptions) => Promise<void>
  readonly disconnectBot: () => void
  readonly disconnect: () => Promise<void>
  readonly sendEverythingElse: () => void
  readonly sendWhatIsRefused: () => Promise<void>
}

export type PageOptions = {
  readonly microphone: boolean
  /** Of the microphone, given to recorder and transport alike. */
  readonly recorderRate: number
  /** In bytes; the stock manager's own length where it is left out. */
  readonly recorderChunkBytes?: number
}

declare global {
  interface Window {
    officialBridge?: (kind: keyof Recorder, ...parts: readonly unknown[]) => Promise<void>
    officialClient?: PageCommands
  }
}

const recorder: Recorder = {
  note: (event, data, atMs) => tell('note', event, data, atMs),
  hear: (base64, atMs) => tell('hear', base64, atMs),
  log: (level, text) => tell('log', level, text),
}

function tell(kind: keyof Recorder, ...parts: readonly unknown[]): void {
  void window.officialBridge?.(kind, ...parts)
}

/** Stock, and told on. */
class OverheardMedia extends WavMediaManager {
  override bufferBotAudio(data: ArrayBuffer | Int16Array, id?: string): Int16Array {
    const bytes = data instanceof Int16Array ? new Uint8Array(data.buffer) : new Uint8Array(data)
    recorder.hear(btoa(String.fromCharCode(...bytes)), performance.now())
    return super.bufferBotAudio(data, id)
  }
}

let client: PipecatClient | undefined

function opened(): PipecatClient {
  if (client === undefined) throw new Error('expected an opened client')
  return client
}

captureConsole(recorder)
window.officialClient = {
  open: ({ microphone, recorderRate, recorderChunkBytes }) => {
    client = new PipecatClient({
      transport: new WebSocketTransport({
        mediaManager: new OverheardMedia(recorderChunkBytes, recorderRate),
        recorderSampleRate: recorderRate,
      }),
      enableMic: microphone,
      callbacks: recordingCallbacks(recorder),
    })
  },
  connect: (params) => opened().connect(params),
  startBotAndConnect: (endpoint) => opened().startBotAndConnect({ endpoint }),
  sendText: (text, options) => opened().sendText(text, options),
  disconnectBot: () => opened().disconnectBot(),
  disconnect: () => opened().disconnect(),
  sendEverythingElse: () => sendEverythingElse(opened()),
  sendWhatIsRefused: () => sendWhatIsRefused(opened()),
}
