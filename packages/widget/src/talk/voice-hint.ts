import type { TalkState } from './talk-state.ts'

/** The one line under the message box: what the person can do now, and what hears them. */
export function voiceHint(state: TalkState): string {
  const { voice, phase } = state
  if (voice === undefined) return 'This agent has no voice: type to talk.'
  if (phase === 'reconnecting') return 'Reconnecting.'
  if (!voice.listens) return 'Speech recognition is off: no provider key yet.'
  switch (voice.microphone) {
    case 'off':
      return phase === 'waiting'
        ? 'Nothing is recorded before you start.'
        : 'The microphone is off: press it to speak, or type.'
    case 'asking':
      return 'Your browser asks for the microphone: allow it, or type.'
    case 'on':
      return listeningHint(state)
    case 'muted':
      return 'Muted: nothing you say leaves this device.'
    case 'refused':
      return 'The microphone is blocked for this page. Allow it in the browser and press it, or type.'
    case 'missing':
      return 'No microphone was found. Connect one and press it, or type.'
    case 'busy':
      return 'Another program uses the microphone. Close that and press it, or type.'
    case 'lost':
      return 'The microphone was disconnected. Connect it and press it, or type.'
    case 'unavailable':
      return 'This browser gives no microphone to this address. Type to talk.'
  }
}

function listeningHint({ voice, phase }: TalkState): string {
  if (phase === 'connecting') return 'Connecting.'
  if (voice?.personSpeaks === true) return 'You are speaking.'
  if (voice?.agentSpeaks === true) return 'The agent is speaking. You can speak over it.'
  return 'Listening.'
}
