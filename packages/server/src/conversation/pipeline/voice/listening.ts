/**
 * The ears of one voice socket: sound in; speech, words, interruptions and whole utterances out (voice-runtime 3).
 *
 * All sound goes to the speech-to-text provider, so that no word is lost, and to the voice activity detector, which is faster.
 * While the agent is silent, `TurnEnd` says when the person has finished. While it speaks, `BargeIn` says whether they
 * interrupt; their words wait until it has stopped, one way or the other. Words count once, however late they are.
 * Words are the person's as somebody else wrote them down: data, never instructions.
 */
import { AppError } from '../../../kernel/app-error.ts'
import type { SpeechToTextEvent, SpeechToTextPort, SpeechToTextStream } from '../../providers/speech-to-text-port.ts'
import { isBackchannel } from './backchannel.ts'
import { BargeIn } from './listening-barge-in.ts'
import { builtInProfile, type ListeningProfile } from './listening-profile.ts'
import { Alarm, type ListeningTimers, systemTimers } from './listening-timers.ts'
import { TurnEnd } from './listening-turn-end.ts'
import { ListeningWords } from './listening-words.ts'
import type { MakeVoiceActivity, VoiceActivity, VoiceActivityEvent } from './voice-activity.ts'

/** Called in the order of what happened, never inside the constructor or `close`. */
export type ListeningEvents = {
  readonly onSpeechStarted: () => void
  readonly onSpeechStopped: () => void
  /** To be shown. An interim text replaces the one before, a final one replaces it for good; neither is ever empty. */
  readonly onTranscript: (transcript: { readonly text: string; readonly final: boolean }) => void
  /**
   * `hold`: stop sending at once, keep everything. Then always one of `resume`, it was no interruption or the agent is silent by
   * itself, and `cut`, the agent's turn is over. `cut` may come without `hold`.
   */
  readonly onBargeIn: (what: 'hold' | 'cut' | 'resume') => void
  /**
   * The person's turn is over: what they said since the last one, at most 8000 characters, and how long ago its speech began;
   * undefined where words came without any. Only while the agent is silent.
   */
  readonly onUtterance: (text: string, beganAgoMs: number | undefined) => void
  /** The provider is gone, and nothing is heard any more. Once, and nothing after it. */
  readonly onFailed: (error: AppError) => void
}

/** What the agent does: `first_message` is its greeting; thinking is `silent`. */
export type AgentPhase = 'silent' | 'speaking' | 'first_message'

export type CreateListening = (
  options: Pick<ListeningOptions, 'speechToText' | 'language' | 'events' | 'signal'>,
) => Listening

type ListeningOptions = {
  readonly speechToText: SpeechToTextPort
  readonly makeVoiceActivity: MakeVoiceActivity
  readonly profile: ListeningProfile
  /** As `en` or `en-GB`. */
  readonly language: string
  readonly events: ListeningEvents
  /** Closes the ears when it aborts. */
  readonly signal?: AbortSignal | undefined
  /** For operators: never holds a word that was said. */
  readonly log: (message: string, error: unknown) => void
  readonly timers?: ListeningTimers
}

/** What every session shares, given once: `await loadVoiceActivity()` and the log. */
export function listenWith(
  shared: Pick<ListeningOptions, 'makeVoiceActivity' | 'log'> & { readonly profile?: ListeningProfile },
): CreateListening {
  return (options) => new Listening({ profile: builtInProfile, ...shared, ...options })
}

export class Listening {
  readonly #options: ListeningOptions
  readonly #events: ListeningEvents
  readonly #timers: ListeningTimers
  readonly #words = new ListeningWords()
  readonly #turnEnd: TurnEnd
  readonly #bargeIn: BargeIn
  readonly #stream: SpeechToTextStream
  readonly #activity: VoiceActivity
  readonly #microphone: Alarm
  readonly #stopped = new AbortController()
  #phase: AgentPhase = 'silent'
  #isClosed = false
  #isSpeaking = false
  /** Sound has come since this was last asked. */
  #hasHeard = false
  #interimsSeen = 0
  #finalsSeen = 0
  /** Words that come now were said before something was decided without them. */
  #late: 'no' | 'until_speech' | 'until_finalized' = 'no'
  /** Requests for final words that were not answered yet. */
  #unanswered = 0
  /** Backchannels that were dropped: an answer after all when the agent falls silent at that moment. */
  #overheard: { readonly text: string; readonly atMs: number; readonly beganAtMs: number | undefined } | undefined
  /** When the speech began that the words which nobody has taken belong to. */
  #beganAtMs: number | undefined

  constructor(options: ListeningOptions) {
    this.#options = options
    const { events, profile, language, timers = systemTimers, signal, log } = options
    this.#events = this.#whileOpen(events)
    this.#timers = timers
    const words = this.#words
    this.#turnEnd = new TurnEnd({
      words,
      language,
      timers,
      finalize: () => this.#finalize(),
      take: () => this.#takeUtterance(),
    })
    this.#bargeIn = new BargeIn({
      words,
      profile,
      language,
      timers,
      givesNoInterims: () => this.#finalsSeen > 0 && this.#interimsSeen === 0,
      onHold: () => this.#events.onBargeIn('hold'),
      onCut: () => this.#cut(),
      onResume: () => this.#resume(),
    })
    this.#microphone = new Alarm(timers)
    this.#activity = options.makeVoiceActivity({
      profile,
      onFault: (cause) => log('the voice activity detector failed; pauses are told by words alone', cause),
    })
    this.#stream = this.#open()
    signal?.addEventListener('abort', this.close, { once: true })
    if (signal?.aborted === true) this.close()
  }

  /** 16 kHz s16le, one channel, of any length. */
  hear(pcm: Uint8Array): void {
    if (this.#isClosed) return
    this.#hasHeard = true
    this.#stream.send(pcm)
    this.#onActivity(this.#activity.push(pcm))
  }

  /** What the agent does from now on. Saying the same again changes nothing. */
  agentSpeaks(phase: AgentPhase): void {
    if (this.#isClosed || phase === this.#phase) return
    const wasSilent = this.#phase === 'silent'
    this.#phase = phase
    if (phase === 'silent') return this.#agentIsSilent()
    this.#overheard = undefined
    if (this.#late === 'until_speech') this.#late = 'no'
    if (!wasSilent || !this.#isInterruptible()) return
    // It begins while the person speaks, or to answer words that have more behind them: nobody is spoken over.
    this.#bargeIn.words()
    if (this.#isInterruptible()) {
      if (this.#isSpeaking) this.#bargeIn.speechStarted()
    } else if (!this.#isClosed) {
      this.#turnEnd.mayTake()
    }
  }

  /** Seconds of sound that were handed to the provider: what will be on its bill. */
  secondsUsed(): number {
    return this.#stream.secondsUsed()
  }

  /** For who closes the ears in the middle of it: the words that nobody has taken. A nod to an agent that speaks is none. */
  takeRest(): string {
    if (this.#isClosed) return ''
    const { text } = this.#words.take()
    return this.#phase !== 'silent' && isBackchannel(text, this.#options.language) ? '' : text
  }

  /** Frees everything; no event comes afterwards. Twice is once. */
  readonly close = (): void => {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#options.signal?.removeEventListener('abort', this.close)
    this.#microphone.stop()
    this.#turnEnd.stop()
    this.#bargeIn.release()
    this.#activity.close()
    this.#stream.close()
    this.#stopped.abort()
  }

  /** Whoever closes the ears inside of an event gets no other. */
  #whileOpen(events: ListeningEvents): ListeningEvents {
    const unlessClosed =
      <Given extends readonly unknown[]>(tell: (...given: Given) => void) =>
      (...given: Given): void => {
        if (!this.#isClosed) tell(...given)
      }
    return {
      onSpeechStarted: unlessClosed(events.onSpeechStarted),
      onSpeechStopped: unlessClosed(events.onSpeechStopped),
      onTranscript: unlessClosed(events.onTranscript),
      onBargeIn: unlessClosed(events.onBargeIn),
      onUtterance: unlessClosed(events.onUtterance),
      onFailed: events.onFailed,
    }
  }

  #open(): SpeechToTextStream {
    try {
      return this.#options.speechToText.open({ signal: this.#stopped.signal, onEvent: (event) => this.#onEvent(event) })
    } catch (error) {
      this.#activity.close()
      throw error
    }
  }

  // What the detector hears

  #onActivity(events: readonly VoiceActivityEvent[]): void {
    for (const { type } of events) {
      if (this.#isClosed) return
      if (type === 'started') this.#speechStarted()
      else this.#speechStopped()
    }
  }

  #speechStarted(): void {
    this.#isSpeaking = true
    this.#late = 'no'
    this.#overheard = undefined
    if (this.#words.isEmpty) this.#beganAtMs = this.#timers.nowMs()
    this.#words.speechStarted()
    this.#turnEnd.speechStarted()
    this.#watchMicrophone()
    // First of all, because each millisecond is heard.
    if (this.#isInterruptible()) this.#bargeIn.speechStarted()
    this.#events.onSpeechStarted()
  }

  #speechStopped(): void {
    this.#isSpeaking = false
    this.#microphone.stop()
    this.#bargeIn.speechStopped()
    this.#events.onSpeechStopped()
    if (!this.#isClosed) this.#turnEnd.speechStopped()
  }

  /**
   * A microphone that is switched off in the middle of a word sends nothing, not silence. It is looked for twice: the first look
   * of a process that stood still comes before the sound that was waiting meanwhile.
   */
  #watchMicrophone(looks = 2): void {
    this.#hasHeard = false
    this.#microphone.start(microphoneMs / 2, () => {
      if (this.#hasHeard) this.#watchMicrophone()
      else if (looks > 1) this.#watchMicrophone(looks - 1)
      else this.#onActivity(this.#activity.breakOff())
    })
  }

  // What the provider understands

  #onEvent(event: SpeechToTextEvent): void {
    if (this.#isClosed) return
    switch (event.type) {
      case 'interim':
        this.#interimsSeen += 1
        return this.#onWords({ text: this.#words.interim(event.text), final: false, endOfTurn: false })
      case 'final':
        this.#finalsSeen += 1
        return this.#onWords({ text: this.#words.final(event.text), final: true, endOfTurn: event.endOfTurn })
      case 'finalized':
        return this.#onFinalized()
      case 'failed':
        return this.#onFailed(event.error)
    }
  }

  #onWords({ text, final, endOfTurn }: { text: string; final: boolean; endOfTurn: boolean }): void {
    if (text !== '') this.#events.onTranscript({ text, final })
    if (text !== '' && this.#isInterruptible() && !this.#isClosed) this.#bargeIn.words()
    if (this.#isClosed) return
    if (final) this.#turnEnd.final(endOfTurn)
    else if (text !== '') this.#turnEnd.interim()
  }

  #onFinalized(): void {
    // The answer to an earlier request, while the person has said more since: the one for that is still to come.
    if (this.#unanswered > 1 && this.#words.hasInterim) {
      this.#unanswered -= 1
      return
    }
    this.#unanswered = 0
    this.#words.finalized()
    this.#bargeIn.finalized()
    if (this.#isClosed) return
    this.#turnEnd.finalized()
    if (this.#late === 'until_finalized') this.#late = 'no'
  }

  /** What was understood by then still counts, and an agent that was held must not wait for words that never come. */
  #onFailed(error: AppError): void {
    if (this.#bargeIn.release()) this.#events.onBargeIn('resume')
    if (this.#isSpeaking) this.#events.onSpeechStopped()
    if (this.#phase === 'silent') this.#takeUtterance()
    const wasClosed = this.#isClosed
    this.close()
    if (!wasClosed) this.#events.onFailed(error)
  }

  #finalize(): void {
    this.#unanswered += 1
    this.#stream.finalize()
  }

  // What follows from it

  #isInterruptible(): boolean {
    const { interruption_policy: policy, first_message_interruptible: greetingToo } = this.#options.profile
    if (this.#phase === 'silent' || policy === 'never') return false
    return this.#phase === 'speaking' || greetingToo
  }

  #cut(): void {
    this.#phase = 'silent'
    this.#events.onBargeIn('cut')
  }

  #resume(): void {
    if (isBackchannel(this.#words.text, this.#options.language)) this.#drop()
    if (this.#unanswered > 0) this.#late = 'until_finalized'
    this.#events.onBargeIn('resume')
  }

  #agentIsSilent(): void {
    // Whatever is held still must not be held for ever.
    if (this.#bargeIn.release()) this.#events.onBargeIn('resume')
    if (this.#isClosed) return
    const overheard = this.#overheard
    this.#overheard = undefined
    if (this.#isSpeaking) return
    // "Yes" over the last syllable of a question is its answer.
    if (overheard !== undefined && this.#timers.nowMs() - overheard.atMs <= overlapMs) {
      this.#words.putBack(overheard.text)
      this.#beganAtMs = overheard.beganAtMs
    }
    this.#turnEnd.mayTake()
  }

  #drop(): void {
    const { text, unconfirmed } = this.#words.take()
    const beganAtMs = this.#beganAtMs
    if (this.#phase !== 'silent') this.#overheard = { text, atMs: this.#timers.nowMs(), beganAtMs }
    this.#beganAtMs = undefined
    if (unconfirmed !== '') this.#events.onTranscript({ text: unconfirmed, final: true })
  }

  /** The person has finished. While the agent speaks their words wait, and backchannels are forgotten. */
  #takeUtterance(): void {
    if (this.#words.isEmpty) return
    const isLateNod = this.#late !== 'no' || this.#phase !== 'silent'
    if (isLateNod && isBackchannel(this.#words.text, this.#options.language)) return this.#drop()
    if (this.#phase !== 'silent') return
    const { text, unconfirmed } = this.#words.take()
    this.#late = 'until_speech'
    if (unconfirmed !== '') this.#events.onTranscript({ text: unconfirmed, final: true })
    const beganAtMs = this.#beganAtMs
    this.#beganAtMs = undefined
    this.#events.onUtterance(text, beganAtMs === undefined ? undefined : this.#timers.nowMs() - beganAtMs)
  }
}

/** Clients send sound every 20 to 60 ms; networks hold it back for less than this. */
const microphoneMs = 500
/** An answer is given within a second of the question, or it answers something else. */
const overlapMs = 1000
