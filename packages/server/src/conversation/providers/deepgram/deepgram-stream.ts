/**
 * One listener. connecting -> open -> (lost -> connecting -> open) -> ended.
 * connecting: audio is kept, the last seconds of it. open: audio goes on, and what no final covers yet is still kept. lost: the
 * connection broke or went silent; it is opened once more and hears the kept audio again. Broken again within a minute: failed.
 * ended: closed, aborted or failed; no event, no timer, no connection any more.
 */
import type { AppError } from '../../../kernel/app-error.ts'
import type { OutboundSocket, OutboundSocketEvents } from '../../../platform/outbound/outbound-socket.ts'
import { namesQuota } from '../kind-of-status.ts'
import { ProviderError } from '../provider-error.ts'
import { listeningBytesPerSecond, type SpeechToTextEvent, type SpeechToTextStream } from '../speech-to-text-port.ts'
import { type DeepgramMessage, parseDeepgramMessage } from './deepgram-messages.ts'
import { UnconfirmedAudio } from './unconfirmed-audio.ts'

export type DeepgramDeadlines = {
  readonly connectMs: number
  /** Audio goes in, nothing comes out. */
  readonly stallMs: number
  /** Without audio for so long, we say that we are still there. */
  readonly keepAliveMs: number
  /** For the answer to `finalize`; the provider does not promise one. */
  readonly finalizeMs: number
  /** The same when everything that was sent has been heard already. */
  readonly finalizeNothingMs: number
}

type Options = {
  readonly connect: (events: OutboundSocketEvents & { signal: AbortSignal }) => Promise<OutboundSocket>
  readonly classify: (cause: unknown) => AppError
  readonly redact: (words: string) => string
  readonly deadlines: DeepgramDeadlines
  readonly signal: AbortSignal
  readonly onEvent: (event: SpeechToTextEvent) => void
  readonly log: (message: string, error: unknown) => void
}

/**
 * 40 ms in one message: a microphone sends 20 at a time, each message costs a write, and the provider works on 20 to 250. What is
 * asked or said to the provider goes behind all sound that came before it.
 */
const messageBytes = listeningBytesPerSecond / 25
/** As the port promises: what is sent before the connection stands is kept for so long. */
const keptSeconds = 5
/** A connection that has lived so long was no failure: when it breaks, it may be opened again. */
const healthyMs = 60_000
/** What a server of another kind says; a single unreadable message is overlooked. */
const maxUnreadable = 10
/** Audio that is on its way for less than this counts as heard: the last results cannot cover it. */
const unheardSeconds = 0.5

export class DeepgramStream implements SpeechToTextStream {
  readonly #options: Options
  readonly #life = new AbortController()
  readonly #audio = new UnconfirmedAudio(keptSeconds)
  readonly #beat: NodeJS.Timeout
  /** Calls of `finalize` that wait for their answer, the oldest first. Without a timer: not sent yet. */
  readonly #finalizing: { timer: NodeJS.Timeout | undefined }[] = []
  #socket: OutboundSocket | undefined
  #connectedAtMs = 0
  #mayReconnect = true
  /** Sound that waits for more of it. */
  readonly #gathered = Buffer.alloc(messageBytes)
  #gatheredBytes = 0
  #sentBytes = 0
  /** Of the running connection. */
  #sentSeconds = 0
  #heardSeconds = 0
  #lastSentMs = 0
  #waitingSinceMs: number | undefined
  #unreadable = 0
  #interim = ''

  constructor(options: Options) {
    this.#options = options
    options.signal.addEventListener('abort', this.#onAbort, { once: true })
    const { keepAliveMs, stallMs } = options.deadlines
    this.#beat = setInterval(() => this.#look(), Math.min(keepAliveMs, stallMs) / 4)
    if (options.signal.aborted) this.close()
    else this.#connect()
  }

  send(pcm: Uint8Array): void {
    if (this.#life.signal.aborted || pcm.byteLength === 0) return
    this.#audio.add(pcm)
    if (this.#socket !== undefined) this.#gather(this.#socket, pcm)
  }

  finalize(): void {
    if (this.#life.signal.aborted) return
    const asked = { timer: undefined }
    this.#finalizing.push(asked)
    if (this.#socket !== undefined) this.#askFinal(this.#socket, asked)
  }

  close(): void {
    if (this.#life.signal.aborted) return
    if (this.#socket !== undefined) this.#passGathered(this.#socket)
    this.#socket?.send(JSON.stringify({ type: 'CloseStream' }))
    this.#end()
  }

  secondsUsed(): number {
    return this.#sentBytes / listeningBytesPerSecond
  }

  readonly #onAbort = (): void => this.close()

  #connect(): void {
    let lost = false
    const events = {
      signal: this.#life.signal,
      onMessage: (data: string | Uint8Array): void => {
        if (!lost) this.#take(parseDeepgramMessage(data))
      },
      onClose: (end: Parameters<OutboundSocketEvents['onClose']>[0]): void => {
        lost = true
        this.#closed(end)
      },
    }
    this.#options.connect(events).then(
      (socket) => {
        if (!lost) this.#opened(socket)
      },
      (cause: unknown) => this.#fail(this.#options.classify(cause)),
    )
  }

  #opened(socket: OutboundSocket): void {
    if (this.#life.signal.aborted) {
      socket.close()
      return
    }
    this.#socket = socket
    this.#connectedAtMs = performance.now()
    this.#sentSeconds = 0
    this.#heardSeconds = 0
    this.#unreadable = 0
    this.#waitingSinceMs = undefined
    this.#lastSentMs = this.#connectedAtMs
    this.#gatheredBytes = 0
    const missed = this.#audio.restart()
    for (let at = 0; at < missed.byteLength; at += messageBytes)
      this.#pass(socket, missed.subarray(at, at + messageBytes))
    for (const asked of this.#finalizing) this.#askFinal(socket, asked)
  }

  #gather(socket: OutboundSocket, pcm: Uint8Array): void {
    for (let at = 0; at < pcm.byteLength; ) {
      const part = pcm.subarray(at, at + messageBytes - this.#gatheredBytes)
      this.#gathered.set(part, this.#gatheredBytes)
      this.#gatheredBytes += part.byteLength
      at += part.byteLength
      if (this.#gatheredBytes === messageBytes) this.#passGathered(socket)
    }
  }

  #passGathered(socket: OutboundSocket): void {
    const pcm = Buffer.from(this.#gathered.subarray(0, this.#gatheredBytes))
    this.#gatheredBytes = 0
    if (pcm.byteLength > 0) this.#pass(socket, pcm)
  }

  #pass(socket: OutboundSocket, pcm: Uint8Array): void {
    // Refused: the connection is on its way down, and its end will be told.
    if (!socket.send(pcm)) return
    this.#sentBytes += pcm.byteLength
    this.#sentSeconds += pcm.byteLength / listeningBytesPerSecond
    this.#lastSentMs = performance.now()
    this.#waitingSinceMs ??= this.#lastSentMs
  }

  #askFinal(socket: OutboundSocket, asked: { timer: NodeJS.Timeout | undefined }): void {
    this.#passGathered(socket)
    socket.send(JSON.stringify({ type: 'Finalize' }))
    const { finalizeMs, finalizeNothingMs } = this.#options.deadlines
    const allHeard = this.#interim === '' && this.#sentSeconds - this.#heardSeconds < unheardSeconds
    clearTimeout(asked.timer)
    asked.timer = setTimeout(
      () => {
        const position = this.#finalizing.indexOf(asked)
        for (const due of this.#finalizing.splice(0, position + 1)) this.#answerFinalize(due)
      },
      allHeard ? finalizeNothingMs : finalizeMs,
    )
  }

  #answerFinalize(asked: { timer: NodeJS.Timeout | undefined }): void {
    clearTimeout(asked.timer)
    this.#tell({ type: 'finalized' })
  }

  #take(message: DeepgramMessage | undefined): void {
    if (this.#life.signal.aborted) return
    this.#waitingSinceMs = undefined
    if (message === undefined) {
      this.#unreadable += 1
      if (this.#unreadable > maxUnreadable) {
        this.#lose(new ProviderError('unavailable', 'deepgram sends what is no message of its protocol'))
      }
      return
    }
    if (message.type === 'results') this.#takeResults(message)
    if (message.type === 'error') {
      const words = this.#options.redact(message.words)
      this.#lose(new ProviderError(kindOfWords(message.words), `deepgram failed: ${words}`))
    }
  }

  #takeResults(results: DeepgramMessage & { type: 'results' }): void {
    const { text, isFinal } = results
    this.#heardSeconds = Math.max(this.#heardSeconds, results.endSeconds)
    if (isFinal) this.#audio.confirm(results.endSeconds)
    if (isFinal && text !== '') {
      this.#interim = ''
      this.#tell({ type: 'final', text, endOfTurn: results.speechFinal })
    } else if (text !== this.#interim) {
      // An empty one takes back what was only supposed.
      this.#interim = text
      this.#tell({ type: 'interim', text })
    }
    const asked = results.fromFinalize ? this.#finalizing.shift() : undefined
    if (asked !== undefined) this.#answerFinalize(asked)
  }

  #closed({ code, untrustedReason, error }: Parameters<OutboundSocketEvents['onClose']>[0]): void {
    if (error !== undefined) return this.#lose(this.#options.classify(error))
    const words = this.#options.redact(untrustedReason)
    this.#lose(new ProviderError(kindOfClose(code, untrustedReason), `deepgram closed with ${code}: ${words}`))
  }

  /** The connection is of no use any more. What repeating cannot mend is told at once. */
  #lose(error: AppError): void {
    if (this.#life.signal.aborted) return
    this.#socket?.close()
    this.#socket = undefined
    if (performance.now() - this.#connectedAtMs >= healthyMs) this.#mayReconnect = true
    const passing = error instanceof ProviderError && (error.kind === 'timeout' || error.kind === 'unavailable')
    if (!passing || !this.#mayReconnect) return this.#fail(error)
    this.#mayReconnect = false
    for (const asked of this.#finalizing) clearTimeout(asked.timer)
    this.#options.log('speech-to-text: the connection was lost and is opened again', error)
    this.#connect()
  }

  #fail(error: AppError): void {
    if (this.#life.signal.aborted) return
    this.#tell({ type: 'failed', error })
    this.#end()
  }

  #look(): void {
    const { stallMs, keepAliveMs } = this.#options.deadlines
    const nowMs = performance.now()
    if (this.#socket === undefined) return
    this.#passGathered(this.#socket)
    if (this.#waitingSinceMs !== undefined && nowMs - this.#waitingSinceMs > stallMs) {
      this.#lose(new ProviderError('timeout', `deepgram has said nothing for ${stallMs} ms of audio`))
    } else if (nowMs - this.#lastSentMs >= keepAliveMs) {
      this.#lastSentMs = nowMs
      this.#socket.send(JSON.stringify({ type: 'KeepAlive' }))
    }
  }

  #tell(event: SpeechToTextEvent): void {
    if (!this.#life.signal.aborted) this.#options.onEvent(event)
  }

  #end(): void {
    this.#life.abort()
    this.#audio.clear()
    clearInterval(this.#beat)
    for (const asked of this.#finalizing.splice(0)) clearTimeout(asked.timer)
    this.#options.signal.removeEventListener('abort', this.#onAbort)
    this.#socket?.close()
    this.#socket = undefined
  }
}

/** Reasons begin with a code: DATA-0000 for audio that cannot be read, NET-0000 and NET-0001 for one side's silence. */
function kindOfClose(code: number, reason: string): ProviderError['kind'] {
  if (/\bDATA-\d/.test(reason)) return 'bad_request'
  if (/\bNET-\d/.test(reason)) return 'timeout'
  // Too big a message of ours, or one it cannot read.
  return code === 1003 || code === 1007 || code === 1009 ? 'bad_request' : kindOfWords(reason)
}

function kindOfWords(words: string): ProviderError['kind'] {
  if (namesQuota(words)) return 'quota'
  if (/INVALID_AUTH|INSUFFICIENT_PERMISSIONS|unauthorized/i.test(words)) return 'auth'
  return /too many requests|rate limit/i.test(words) ? 'rate' : 'unavailable'
}
