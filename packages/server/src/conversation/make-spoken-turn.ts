import { AppError } from '../kernel/app-error.ts'
import type { RunningTurn } from './live-session.ts'
import type { PlayClock } from './pipeline/voice/play-clock.ts'
import { SpokenTurn } from './pipeline/voice/spoken-turn.ts'
import type { TextToSpeechPort } from './providers/text-to-speech-port.ts'
import type { VoiceAttachment } from './voice-attachment.ts'

/** The mouth of one turn on one socket: tells the client, and the ears, when it begins and ends to speak, and what. */
export function makeSpokenTurn(options: {
  attachment: VoiceAttachment
  running: RunningTurn
  voice: TextToSpeechPort
  playClock: PlayClock
  isFirstMessage: boolean
  /** False as soon as another process may own the session. */
  maySpeak: () => boolean
  /** How long the turn has been running, in ms. */
  elapsedMs: () => number
}): SpokenTurn {
  const { attachment, running } = options
  return new SpokenTurn({
    voice: options.voice,
    playClock: options.playClock,
    signal: running.signal,
    encoderDelayMs: attachment.client.encoderDelayMs,
    sendAudio: (pcm) => {
      // A process that stood still plays on before its lease is looked at.
      if (!options.maySpeak()) throw new AppError('session.owned_elsewhere', 'the lease ran out')
      if (attachment.sendAudio(pcm)) return
      throw new AppError('request.conflict', 'the client does not take its sound, so nobody hears it')
    },
    onHeard: (characters) => running.reached(characters),
    onStarted: () => {
      attachment.client.beginSpeech()
      const ttfb = [{ processor: 'turn' as const, value: options.elapsedMs() / 1000 }]
      attachment.send({ type: 'metrics', data: { ttfb } })
      attachment.send({ type: 'bot-tts-started', data: {} })
      attachment.send({ type: 'bot-started-speaking', data: {} })
      // Last, because a person who is speaking already may stop it at once.
      attachment.ears?.agentSpeaks(options.isFirstMessage ? 'first_message' : 'speaking')
    },
    onStopped: () => {
      attachment.ears?.agentSpeaks('silent')
      attachment.send({ type: 'bot-tts-stopped', data: {} })
      attachment.send({ type: 'bot-stopped-speaking', data: {} })
    },
    onUnit: (unit, segment_id, spoken_status) => {
      // Clients put segments together with blanks of their own.
      const text = unit.trim()
      if (text === '') return
      const data = { text, aggregated_by: 'sentence', segment_id, will_be_spoken: true, spoken_status } as const
      attachment.send({ type: 'bot-output', data })
      if (spoken_status !== 'in-progress') return
      attachment.send({ type: 'bot-tts-text', data: { text } })
      attachment.send({ type: 'bot-transcription', data: { text } })
    },
  })
}
