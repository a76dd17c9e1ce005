/**
 * The official client and its WebSocket transport in Node, not one line of them changed or replaced: Node has a WebSocket that
 * yields Blobs, the packages load, and only what needs a device, the media manager, is ours.
 */
import { LogLevel, PipecatClient } from '@pipecat-ai/client-js'
import { WebSocketTransport } from '@pipecat-ai/websocket-transport'
import { captureConsole } from './capture-console.ts'
import { ClientRecording } from './client-recording.ts'
import { HeadlessMedia } from './headless-media.ts'
import type { OfficialClient } from './official-client.ts'
import { recordingCallbacks } from './recording-callbacks.ts'
import { sendEverythingElse, sendWhatIsRefused } from './send-everything-else.ts'

export type HeadlessClient = OfficialClient & {
  /** 16 kHz s16le, spoken at the speed of speech. */
  readonly speak: (pcm: Uint8Array) => void
}

/** One at a time: the console is captured until `close`. */
export function openHeadlessClient({ microphone = false }: { microphone?: boolean } = {}): HeadlessClient {
  // The client asks its window for the name of the browser.
  Reflect.set(globalThis, 'window', globalThis)
  const recording = new ClientRecording()
  const restoreConsole = captureConsole(recording.recorder)
  const media = new HeadlessMedia(recording.recorder.hear)
  const client = new PipecatClient({
    transport: new WebSocketTransport({ mediaManager: media }),
    enableMic: microphone,
    callbacks: recordingCallbacks(recording.recorder),
  })
  // The library's own level, which is one for the process: another suite may have switched it off.
  client.setLogLevel(LogLevel.DEBUG)
  return {
    recording,
    connect: (params) => client.connect(params),
    sendText: (text, options = {}) => client.sendText(text, options),
    disconnectBot: async () => client.disconnectBot(),
    disconnect: () => client.disconnect(),
    sendEverythingElse: async () => sendEverythingElse(client),
    sendWhatIsRefused: () => sendWhatIsRefused(client),
    speak: (pcm) => media.say(pcm),
    everythingReceived: () => recording.asText(),
    close: async () => {
      await client.disconnect()
      restoreConsole()
      Reflect.deleteProperty(globalThis, 'window')
    },
  }
}
