import type { RTVIEventCallbacks } from '@pipecat-ai/client-js'
import type { Recorder } from './client-recording.ts'

/** Every callback of the official client that a voice session can bring. */
export function recordingCallbacks(recorder: Pick<Recorder, 'note'>): RTVIEventCallbacks {
  const note = (event: string, data: unknown): void => recorder.note(event, data, performance.now())
  return {
    onConnected: () => note('connected', null),
    onDisconnected: () => note('disconnected', null),
    onTransportStateChanged: (state) => note('state', state),
    onError: (message) => note('error', message),
    onMessageError: (message) => note('messageError', message),
    onBotReady: (data) => note('botReady', data),
    onMetrics: (data) => note('metrics', data),
    onServerMessage: (data: unknown) => note('serverMessage', data),
    onDeviceError: (error) => note('deviceError', String(error)),
    onUserStartedSpeaking: () => note('userStartedSpeaking', null),
    onUserStoppedSpeaking: () => note('userStoppedSpeaking', null),
    onUserTranscript: (data) => note('userTranscript', data),
    onUserLlmText: (data) => note('userLlmText', data),
    onBotStartedSpeaking: () => note('botStartedSpeaking', null),
    onBotStoppedSpeaking: () => note('botStoppedSpeaking', null),
    onBotOutput: (data) => note('botOutput', data),
    // oxlint-disable-next-line typescript/no-deprecated -- many pages still listen to it, so the server still sends it
    onBotTranscript: (data) => note('botTranscript', data),
    onBotLlmStarted: () => note('botLlmStarted', null),
    onBotLlmText: (data) => note('botLlmText', data),
    onBotLlmStopped: () => note('botLlmStopped', null),
    onBotTtsStarted: () => note('botTtsStarted', null),
    onBotTtsText: (data) => note('botTtsText', data),
    onBotTtsStopped: () => note('botTtsStopped', null),
    onLLMFunctionCallStarted: (data) => note('functionCallStarted', data),
    onLLMFunctionCallInProgress: (data) => note('functionCallInProgress', data),
    onLLMFunctionCallStopped: (data) => note('functionCallStopped', data),
  }
}
