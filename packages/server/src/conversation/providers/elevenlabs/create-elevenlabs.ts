/**
 * Threat: a tenant's key is replaced or leaks; whatever a voice provider (or who sits at a configured address) sends fills memory,
 * never ends, or is heard after the person has interrupted.
 * Rule: the door adds the key; without one nothing is called. Messages are parsed, their size and number bounded, audio is bounded
 * by the text it speaks, every wait has a deadline, and a context that was left is never heard again.
 * On failure: `audio` throws a ProviderError or the door's AppError; the provider's words reach an operator's log only, redacted.
 */
import { providerBaseUrls, type Uuid } from '@hyponema/contract'
import type { LentSecret } from '../../../platform/outbound/lend-secret.ts'
import type { OutboundDoor } from '../../../platform/outbound/outbound-door.ts'
import { redactProviderWords } from '../../../platform/outbound/redact-provider-words.ts'
import { classifySocketFailure } from '../classify-socket-failure.ts'
import { ProviderError } from '../provider-error.ts'
import { socketBaseUrl } from '../socket-base-url.ts'
import { speechRate, type TextToSpeechPort } from '../text-to-speech-port.ts'
import { ElevenLabsConnection } from './elevenlabs-connection.ts'
import { type ElevenLabsDeadlines, ElevenLabsUtterance } from './elevenlabs-utterance.ts'

export type ElevenLabsOptions = {
  readonly door: OutboundDoor
  readonly workspaceId: Uuid
  /** The workspace's own list of hosts. */
  readonly onlyHosts: readonly string[] | null
  readonly credential: LentSecret
  /** `https://api.elevenlabs.io` unless it is a regional one, or somebody else speaks its protocol. */
  readonly baseUrl?: string
  readonly voiceId: string
  readonly model: string
  readonly deadlines?: Partial<ElevenLabsDeadlines>
}

const defaultDeadlines: ElevenLabsDeadlines = { connectMs: 5000, firstAudioMs: 10_000, stallMs: 10_000 }

/** Ten seconds of audio in base64; the provider sends about one at once. */
const maxMessageBytes = 655_360

/**
 * ElevenLabs' voices on one connection with many contexts
 * (https://elevenlabs.io/docs/api-reference/multi-context-text-to-speech), or a server that speaks its protocol. Throws
 * provider.bad_request for a base URL that is none.
 */
export function createElevenLabs(options: ElevenLabsOptions): TextToSpeechPort {
  const { door, workspaceId, onlyHosts, credential } = options
  const url = speechUrl(options)
  const deadlines = { ...defaultDeadlines, ...options.deadlines }
  const redact = (words: string): string => redactProviderWords(words, credential)
  const use = {
    workspaceId,
    onlyHosts,
    secretHeader: { name: 'xi-api-key', prefix: '', secret: credential },
    limits: { handshakeMs: deadlines.connectMs, maxMessageBytes },
  }
  const life = new AbortController()
  let connection: ElevenLabsConnection | undefined
  let utterances = 0
  let charactersUsed = 0
  const fitConnection = (): ElevenLabsConnection => {
    if (connection?.isFit === true) return connection
    connection?.close()
    connection = new ElevenLabsConnection({
      connect: (events) => door.openSocket({ url, ...events }, use),
      classify: (cause) => classifySocketFailure(cause, 'elevenlabs', redact),
      redact,
    })
    return connection
  }
  return {
    open: (signal) => {
      // Made before there is a word to say: the greeting of the connection costs as much as the first word.
      if (!signal.aborted && !life.signal.aborted) fitConnection()
      return new ElevenLabsUtterance({
        connection: fitConnection,
        contextId: () => {
          utterances += 1
          return `utterance-${utterances}`
        },
        deadlines,
        signal: AbortSignal.any([signal, life.signal]),
        onSaid: (text) => {
          charactersUsed += text.length
        },
      })
    },
    charactersUsed: () => charactersUsed,
    close: () => {
      life.abort(new ProviderError('unavailable', 'the voice of this session was closed'))
      connection?.close()
    },
  }
}

function speechUrl({ baseUrl, voiceId, model }: ElevenLabsOptions): string {
  const query = new URLSearchParams({
    model_id: model,
    output_format: `pcm_${speechRate}`,
    sync_alignment: 'true',
    // We say whole clauses and sentences, each flushed: no waiting for more text.
    auto_mode: 'true',
    // Seconds; the longest that is allowed. People think that long, and tools work that long.
    inactivity_timeout: '180',
  })
  const base = socketBaseUrl(baseUrl ?? providerBaseUrls.elevenlabs)
  return `${base}/v1/text-to-speech/${encodeURIComponent(voiceId)}/multi-stream-input?${query.toString()}`
}
