import type { AgentDocument, Uuid } from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'
import type { LentSecret } from '../platform/outbound/lend-secret.ts'
import type { OutboundDoor } from '../platform/outbound/outbound-door.ts'
import { createDeepgram } from './providers/deepgram/create-deepgram.ts'
import { createElevenLabs } from './providers/elevenlabs/create-elevenlabs.ts'
import { createFliteVoice } from './providers/flite/create-flite-voice.ts'
import type { FliteVoices } from './providers/flite/create-flite-voices.ts'
import type { SpokenJudge } from './providers/flite/spoken-judge.ts'
import type { ProviderWatch } from './providers/provider-watch.ts'
import type { SpeechToTextPort, SpeechToTextStream } from './providers/speech-to-text-port.ts'
import type { TextToSpeechPort } from './providers/text-to-speech-port.ts'
import { watchSpeechToText } from './providers/watch-speech-to-text.ts'
import { watchTextToSpeech } from './providers/watch-text-to-speech.ts'
import { SessionLanguage } from './session-language.ts'

/** What the providers were given: what will be on their bills. */
export type SpeechUsage = { readonly listenedMs: number; readonly spokenCharacters: number }

/** The ears and the mouth of one session. Without ears people have to type. */
export type SessionSpeech = {
  readonly textToSpeech: TextToSpeechPort
  readonly speechToText: SpeechToTextPort | undefined
  /** What people are expected to speak from the next stream on, as a BCP 47 tag. */
  readonly language: string
  /** Somebody turned out to speak another one. Changes nothing where the agent says what its ears listen for. */
  readonly changeLanguage: (language: string) => void
  readonly takeUsage: () => SpeechUsage
  readonly close: () => void
}

export type SpeechDependencies = {
  readonly door: OutboundDoor
  readonly fliteVoices: FliteVoices
  readonly log: (message: string, error: unknown) => void
}

/** Makes them as the agent's `voice` says. No key, no call: a missing credential is credential.missing, never another provider. */
export function makeSessionSpeech(
  options: {
    voice: NonNullable<AgentDocument['voice']>
    language: string | undefined
    workspaceId: Uuid
    onlyHosts: readonly string[] | null
    /** Of the session's own gate: words are judged as they sound, where a voice changes them. */
    judge: SpokenJudge
    credentials: { readonly speech: LentSecret | undefined; readonly voice: LentSecret | undefined }
    /** Told what the providers think of their keys. */
    watches: { readonly speech: ProviderWatch; readonly voice: ProviderWatch }
  },
  deps: SpeechDependencies,
): SessionSpeech {
  const { voice } = options
  const fixed = voice.speech_to_text?.language
  const language = new SessionLanguage(fixed ?? options.language)
  const spoken = (): string => language.current ?? 'en'
  const textToSpeech = makeVoice(options, deps)
  const ears = voice.speech_to_text === undefined ? undefined : countedEars(makeEars(options, deps, spoken()), spoken)
  let told: SpeechUsage = { listenedMs: 0, spokenCharacters: 0 }
  return {
    textToSpeech,
    speechToText: ears?.port,
    get language() {
      return spoken()
    },
    changeLanguage: (next) => {
      if (fixed === undefined) language.change(next)
    },
    takeUsage: () => {
      const used = {
        listenedMs: Math.round((ears?.secondsUsed() ?? 0) * 1000),
        spokenCharacters: textToSpeech.charactersUsed(),
      }
      const since = {
        listenedMs: used.listenedMs - told.listenedMs,
        spokenCharacters: used.spokenCharacters - told.spokenCharacters,
      }
      told = used
      return since
    },
    close: () => textToSpeech.close(),
  }
}

type Options = Parameters<typeof makeSessionSpeech>[0]

function makeVoice(
  { voice, workspaceId, onlyHosts, credentials, watches, judge }: Options,
  deps: SpeechDependencies,
): TextToSpeechPort {
  const { text_to_speech: settings } = voice
  if (settings.provider === 'flite') return createFliteVoice({ judge, voices: deps.fliteVoices, voice: settings.voice })
  const elevenLabs = createElevenLabs({
    ...deps,
    workspaceId,
    onlyHosts,
    credential: present(credentials.voice, 'voice'),
    voiceId: settings.voice_id,
    model: settings.model,
    ...(settings.base_url === undefined ? {} : { baseUrl: settings.base_url }),
  })
  return watchTextToSpeech(elevenLabs, watches.voice)
}

function makeEars(
  { voice, workspaceId, onlyHosts, credentials, watches }: Options,
  deps: SpeechDependencies,
  language: string,
): SpeechToTextPort {
  const settings = voice.speech_to_text
  const deepgram = createDeepgram({
    ...deps,
    workspaceId,
    onlyHosts,
    credential: present(credentials.speech, 'speech'),
    model: settings?.model ?? 'nova-3',
    language,
    ...(settings?.base_url === undefined ? {} : { baseUrl: settings.base_url }),
  })
  return watchSpeechToText(deepgram, watches.speech)
}

function present(credential: LentSecret | undefined, what: string): LentSecret {
  if (credential === undefined) throw new AppError('credential.missing', `the ${what} credential is missing`)
  return credential
}

/** One session listens through several streams, one for each socket and for each language that is spoken on it. */
function countedEars(
  port: SpeechToTextPort,
  language: () => string,
): { port: SpeechToTextPort; secondsUsed: () => number } {
  const streams: SpeechToTextStream[] = []
  return {
    port: {
      open: (options) => {
        const stream = port.open({ ...options, language: language() })
        streams.push(stream)
        return stream
      },
    },
    secondsUsed: () => streams.reduce((sum, stream) => sum + stream.secondsUsed(), 0),
  }
}
