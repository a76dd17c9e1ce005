/**
 * Threat: a tenant's key is replaced or leaks; whatever a speech provider (or who sits at a configured address) sends fills memory,
 * never ends, or is taken for more than words.
 * Rule: the door adds the key; without one nothing is called. Messages are parsed, their size, number and text bounded, every wait
 * has a deadline, and the provider's words reach an operator's log only, redacted.
 * On failure: one `failed` event with a ProviderError or the door's AppError, and nothing after it.
 */
import { providerBaseUrls, type Uuid } from '@hyponema/contract'
import type { LentSecret } from '../../../platform/outbound/lend-secret.ts'
import type { OutboundDoor } from '../../../platform/outbound/outbound-door.ts'
import { redactProviderWords } from '../../../platform/outbound/redact-provider-words.ts'
import { classifySocketFailure } from '../classify-socket-failure.ts'
import { socketBaseUrl } from '../socket-base-url.ts'
import { listeningRate, type SpeechToTextPort } from '../speech-to-text-port.ts'
import { type DeepgramDeadlines, DeepgramStream } from './deepgram-stream.ts'

export type DeepgramOptions = {
  readonly door: OutboundDoor
  readonly workspaceId: Uuid
  /** The workspace's own list of hosts. */
  readonly onlyHosts: readonly string[] | null
  readonly credential: LentSecret
  /** `https://api.deepgram.com` unless somebody else speaks its protocol. */
  readonly baseUrl?: string
  readonly model: string
  /** A BCP 47 tag, or `multi` where the model knows it. */
  readonly language: string
  readonly deadlines?: Partial<DeepgramDeadlines>
  /** Told what the listener survives: a lost connection that is opened again. */
  readonly log?: (message: string, error: unknown) => void
}

const defaultDeadlines: DeepgramDeadlines = {
  connectMs: 5000,
  // With audio coming in, results come every second, in silence too.
  stallMs: 15_000,
  // The connection is closed after 10 s without a word of ours (NET-0001); 3 to 5 s are recommended.
  keepAliveMs: 4000,
  finalizeMs: 1500,
  finalizeNothingMs: 300,
}

/** A result of some seconds with all its words has a few kilobytes. */
const maxMessageBytes = 262_144
/** Results come about once a second and channel. */
const maxMessagesPerSecond = 100

/**
 * Deepgram's live transcription (https://developers.deepgram.com/reference/speech-to-text/listen-streaming), or a server that
 * speaks its protocol. Throws provider.bad_request for a base URL that is none.
 */
export function createDeepgram(options: DeepgramOptions): SpeechToTextPort {
  const { door, workspaceId, onlyHosts, credential } = options
  const url = listenUrl(options)
  const deadlines = { ...defaultDeadlines, ...options.deadlines }
  const redact = (words: string): string => redactProviderWords(words, credential)
  const use = {
    workspaceId,
    onlyHosts,
    secretHeader: { name: 'authorization', prefix: 'Token ', secret: credential },
    limits: { handshakeMs: deadlines.connectMs, maxMessageBytes, maxMessagesPerSecond },
  }
  return {
    open: ({ signal, onEvent, language }) =>
      new DeepgramStream({
        connect: (events) =>
          door.openSocket({ url: language === undefined ? url : listenUrl({ ...options, language }), ...events }, use),
        classify: (cause) => classifySocketFailure(cause, 'deepgram', redact),
        redact,
        deadlines,
        signal,
        onEvent,
        log: options.log ?? (() => undefined),
      }),
  }
}

function listenUrl({ baseUrl, model, language }: DeepgramOptions): string {
  const query = new URLSearchParams({
    model,
    language,
    encoding: 'linear16',
    sample_rate: String(listeningRate),
    channels: '1',
    interim_results: 'true',
    punctuate: 'true',
    smart_format: 'true',
    // Otherwise smart_format waits up to three seconds for the rest of a number.
    no_delay: 'true',
    // Milliseconds of silence before the provider itself calls an utterance finished; our own ears decide too.
    endpointing: '300',
  })
  return `${socketBaseUrl(baseUrl ?? providerBaseUrls.deepgram)}/v1/listen?${query.toString()}`
}
