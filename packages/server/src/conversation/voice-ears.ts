/**
 * What a voice session listens with: ears for its attachment, new ones when the person turns out to speak another language,
 * and the words that were understood and not taken yet, which outlive the ears that understood them.
 */
import { encodeId, type VoiceMessage } from '@hyponema/contract'
import type { AppError } from '../kernel/app-error.ts'
import type { SessionContext } from './pipeline/session-context.ts'
import type { CreateListening, Listening, ListeningEvents } from './pipeline/voice/listening.ts'
import type { SilenceWatch } from './pipeline/voice/silence-watch.ts'
import type { SpokenTurn } from './pipeline/voice/spoken-turn.ts'
import type { SessionSpeech } from './session-speech.ts'
import type { VoiceAttachment } from './voice-attachment.ts'
import type { WaitingMessage, WaitingMessages } from './waiting-messages.ts'

export type VoiceEarsOptions = {
  readonly context: Pick<SessionContext, 'clock' | 'userId'>
  readonly speech: SessionSpeech
  readonly createListening: CreateListening
  readonly waiting: WaitingMessages
  readonly silence: SilenceWatch
  readonly send: (message: VoiceMessage) => void
  /** Undefined while no turn runs. */
  readonly turn: () => { readonly speaker: SpokenTurn | undefined } | undefined
  readonly cut: (why: string) => void
  readonly take: (message: WaitingMessage) => void
  readonly sayError: (error: AppError) => void
  /** The ears are closed for good: people have to type from here on. */
  readonly onDeaf: (attachment: VoiceAttachment) => void
  readonly log: (message: string, error: unknown) => void
}

export class VoiceEars {
  readonly #options: VoiceEarsOptions
  #personSpeaks = false

  constructor(options: VoiceEarsOptions) {
    this.#options = options
  }

  get personSpeaks(): boolean {
    return this.#personSpeaks
  }

  open(attachment: VoiceAttachment): void {
    attachment.ears = this.#listening(attachment)
  }

  /** The person turned out to speak another language: new ears listen for it from here on. */
  followLanguage(attachment: VoiceAttachment): void {
    const isRight = attachment.earsLanguage === this.#options.speech.language
    if (attachment.ears === undefined || isRight || this.#personSpeaks) return
    this.keepWords(attachment)
    this.open(attachment)
  }

  /** What was understood and not taken yet waits like what was typed. */
  keepWords(attachment: VoiceAttachment | undefined): void {
    const text = attachment?.closeEars() ?? ''
    if (text !== '') this.#options.waiting.add({ text, spoken: true, how: 'speech' })
  }

  /** The socket has gone, whatever was being said on it. */
  letGo(attachment: VoiceAttachment): void {
    attachment.closeEars()
    this.#personSpeaks = false
  }

  #listening(attachment: VoiceAttachment): Listening | undefined {
    const { speech, createListening, log } = this.#options
    if (speech.speechToText === undefined) return undefined
    const { language, speechToText } = speech
    attachment.earsLanguage = language
    try {
      return createListening({ speechToText, language, events: this.#events(attachment), signal: undefined })
    } catch (error) {
      // Whoever cannot be listened to can type.
      log('the ears of a voice session could not be opened', error)
      return undefined
    }
  }

  #events(attachment: VoiceAttachment): ListeningEvents {
    const { silence, send, turn, cut, take, sayError, onDeaf, log } = this.#options
    return {
      onSpeechStarted: () => {
        this.#personSpeaks = true
        silence.personIsActive()
        send({ type: 'user-started-speaking', data: {} })
      },
      onSpeechStopped: () => {
        this.#personSpeaks = false
        send({ type: 'user-stopped-speaking', data: {} })
        if (turn() === undefined) silence.begin()
      },
      onTranscript: ({ text, final }) => send(this.#transcription(text, final)),
      onBargeIn: (what) => {
        if (what === 'hold') turn()?.speaker?.hold()
        else if (what === 'resume') turn()?.speaker?.resume()
        else cut('the person spoke')
      },
      onUtterance: (text) => take({ text, spoken: true, how: 'speech' }),
      onFailed: (error) => {
        log('the speech-to-text provider failed', error)
        sayError(error)
        attachment.closeEars()
        onDeaf(attachment)
      },
    }
  }

  #transcription(text: string, final: boolean): VoiceMessage {
    const { clock, userId } = this.#options.context
    const timestamp = new Date(clock.nowMs()).toISOString()
    return { type: 'user-transcription', data: { text, final, timestamp, user_id: encodeId('user', userId) } }
  }
}
