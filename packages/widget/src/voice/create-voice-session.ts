import { LogLevel, PipecatClient, type RTVIEventCallbacks } from '@pipecat-ai/client-js'
import { BrowserOpus } from './browser-opus.ts'
import { fieldOf } from './field-of.ts'
import { readOwnMessage } from './read-own-message.ts'
import type { VoiceFact } from './voice-fact.ts'
import { type MicrophoneState, VoiceMicrophone } from './voice-microphone.ts'
import { VoicePlayer } from './voice-player.ts'
import { VoiceTransport } from './voice-transport.ts'

export type VoiceSessionOptions = {
  /** Addresses of our audio worklets, of the page's own origin. */
  readonly worklets: { readonly microphone: string; readonly player: string }
  readonly onFact: (fact: VoiceFact) => void
  /** Root mean square, 0 to 1, some 20 to 50 times a second while there is something to hear. */
  readonly onLevel?: (who: 'agent' | 'person', level: number) => void
}

export type VoiceSession = {
  /** Makes the page able to be heard. Call it in the handler of a click or a key press. Never rejects. */
  readonly startSound: () => Promise<void>
  /** Asks for the microphone. Never rejects: what came of it is a state. */
  readonly startMicrophone: () => Promise<MicrophoneState>
  /**
   * Opens the socket, once. How it goes is told by `connection` facts. `wsUrl` is absolute; `token` is a `connect` token, which
   * opens one socket and is sent to `wsUrl` only, never in an address.
   */
  readonly connect: (to: { readonly wsUrl: string; readonly token: string }) => void
  /** Sends typed words; they cut in on the agent. False: there is no connection now. */
  readonly sendText: (text: string) => boolean
  readonly setMuted: (isMuted: boolean) => void
  readonly setSound: (isOn: boolean) => void
  /** Says goodbye to the server and lets go of socket, microphone and loudspeaker. */
  readonly end: () => void
}

/** A server is 200 ms ahead at most, and a wireless loudspeaker that much behind. */
const lastWordsMs = 500

/**
 * Holds a spoken conversation in one session, by the official `PipecatClient` with a transport and media of our own.
 * A connection that is lost is made again by itself while the server keeps the session.
 */
export function createVoiceSession(options: VoiceSessionOptions): VoiceSession {
  const tell = options.onFact
  const microphone = new VoiceMicrophone({
    workletUrl: options.worklets.microphone,
    onFrame: (pcm) => transport.sendAudio(pcm),
    onLevel: (level) => options.onLevel?.('person', level),
    onState: (state) => tell({ kind: 'microphone', state }),
  })
  const player = new VoicePlayer({
    workletUrl: options.worklets.player,
    onReport: (report) => {
      if (client.state === 'ready') client.sendClientMessage('playback', report)
    },
    onLevel: (level) => options.onLevel?.('agent', level),
    onState: (state) => tell({ kind: 'sound', state }),
  })
  // Known long before a socket is open; where it is not, samples are sent.
  let hasOpus = false
  void BrowserOpus.isSupported().then((isSupported) => {
    hasOpus = isSupported
  })
  const transport = new VoiceTransport({
    opus: { isSupported: () => hasOpus, open: (events) => new BrowserOpus(events) },
    media: {
      play: (samples) => player.play(samples),
      flush: () => player.flush(),
      reset: () => player.reset(),
      setMuted: (isMuted) => microphone.setMuted(isMuted),
      isMuted: () => microphone.isMuted,
      track: () => microphone.track,
    },
    onConnection: (state) => {
      if (state.kind === 'ended') release()
      tell({ kind: 'connection', state })
    },
  })
  // Without `enableMic` the client would ask for the microphone before there is a gesture, and wait for the answer.
  const client = new PipecatClient({ transport, enableMic: false, callbacks: callbacksFor(tell) })
  // Its log has every message in it, the person's words included.
  client.setLogLevel(LogLevel.NONE)
  const online = () => transport.retryNow()
  window.addEventListener('online', online)

  function release(): void {
    window.removeEventListener('online', online)
    microphone.close()
    // The last words are on their way to the loudspeaker still.
    setTimeout(() => player.close(), lastWordsMs)
  }

  return {
    startSound: () => player.start(),
    startMicrophone: () => microphone.start(),
    connect: ({ wsUrl, token }) => {
      // What comes of it is told by the states of the transport; the promise says less, and may never settle.
      client.connect({ wsUrl, token }).catch(() => undefined)
    },
    sendText: (text) => {
      if (client.state !== 'ready') return false
      client.sendText(text, { run_immediately: true, audio_response: player.state !== 'off' }).catch(() => undefined)
      return true
    },
    setMuted: (isMuted) => client.enableMic(!isMuted),
    setSound: (isOn) => player.setSound(isOn),
    end: () => {
      if (client.state === 'ready') client.disconnectBot()
      void client.disconnect()
    },
  }
}

function callbacksFor(tell: (fact: VoiceFact) => void): RTVIEventCallbacks {
  const speaking = (who: 'agent' | 'person', speaks: boolean) => () => tell({ kind: 'speaking', who, speaks })
  return {
    onServerMessage: (data: unknown) => {
      const fact = readOwnMessage(data)
      if (fact !== undefined) tell(fact)
    },
    onBotLlmText: (data: unknown) => {
      const text = fieldOf(data, 'text')
      if (typeof text === 'string') tell({ kind: 'reply', text })
    },
    onUserTranscript: (data: unknown) => {
      const [text, final] = [fieldOf(data, 'text'), fieldOf(data, 'final')]
      if (typeof text === 'string' && typeof final === 'boolean') tell({ kind: 'heard', text, final })
    },
    onLLMFunctionCallInProgress: (data: unknown) => tellTool(tell, data, 'running'),
    onLLMFunctionCallStopped: (data: unknown) =>
      tellTool(tell, data, fieldOf(data, 'ok') === false || fieldOf(data, 'cancelled') === true ? 'failed' : 'ok'),
    onUserStartedSpeaking: speaking('person', true),
    onUserStoppedSpeaking: speaking('person', false),
    onBotStartedSpeaking: speaking('agent', true),
    onBotStoppedSpeaking: speaking('agent', false),
    onError: ({ data }) => {
      const words = fieldOf(data, 'error')
      if (typeof words === 'string') tell({ kind: 'problem', words })
    },
  }
}

function tellTool(tell: (fact: VoiceFact) => void, data: unknown, status: 'running' | 'ok' | 'failed'): void {
  const [name, callId] = [fieldOf(data, 'function_name'), fieldOf(data, 'tool_call_id')]
  const shown = fieldOf(data, status === 'running' ? 'arguments' : 'result')
  const payload = shown === undefined ? undefined : JSON.stringify(shown)
  if (typeof name === 'string' && typeof callId === 'string') tell({ kind: 'tool', name, callId, status, payload })
}
