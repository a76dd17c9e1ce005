/**
 * A server on loopback that speaks ElevenLabs' multi-context protocol as its documents describe it. It speaks through flite, or as
 * a tone whose length is the text's: the same bytes every time, without any work. And it misbehaves as told.
 */
import type { IncomingMessage } from 'node:http'
import type { RawData, WebSocket } from 'ws'
import { z } from 'zod'
import { type Alignment, alignText } from './align-text.ts'
import { makeSpeechClip } from './make-speech-clips.ts'
import { type Refusal, type SocketServer, startSocketServer } from './start-socket-server.ts'

export const elevenLabsSituations = [
  'speaks',
  'forgets_alignment',
  'splits_samples',
  'speaks_after_the_end_of_a_context',
  'never_ends_a_context',
  'sends_unknown_messages',
  'is_cut_off',
  'stalls',
  'never_speaks',
  'never_answers',
  'refuses_the_key',
  'refuses_the_key_in_band',
  'has_no_quota',
  'has_no_quota_in_band',
  'has_no_quota_at_the_close',
  'limits_the_rate',
  'does_not_know_the_voice',
  'breaks',
  'sends_garbage',
  'sends_a_huge_message',
  'speaks_endlessly',
] as const

export type ElevenLabsSituation = (typeof elevenLabsSituations)[number]

export type ElevenLabsServer = SocketServer & {
  /** All messages in order, over all connections, as they came. */
  readonly received: readonly string[]
  /** From now on. */
  readonly behave: (situation: ElevenLabsSituation) => void
}

type Options = {
  readonly key: string
  readonly situation?: ElevenLabsSituation
  /** `flite`, or a tone of so many milliseconds for each character. */
  readonly voice?: 'flite' | { readonly msPerCharacter: number }
}

const bytesPerMs = 48
/** A message carries up to a second. */
const chunkMs = 1000
const maxContexts = 5

const messageSchema = z.object({
  context_id: z.string().default('default'),
  text: z.string().optional(),
  flush: z.boolean().default(false),
  close_context: z.boolean().default(false),
  close_socket: z.boolean().default(false),
})

export async function startElevenLabsServer(options: Options): Promise<ElevenLabsServer> {
  const { voice = { msPerCharacter: 60 } } = options
  const received: string[] = []
  let situation = options.situation ?? 'speaks'
  const server = await startSocketServer({
    judge: (request) => judge(request, options.key, situation),
    onSocket: (socket) => {
      const speaker = new Speaker(socket, () => situation, voice)
      socket.on('message', (data) => {
        const text = textOf(data)
        received.push(text)
        speaker.take(text)
      })
    },
  })
  return {
    ...server,
    received,
    behave: (next) => {
      situation = next
    },
  }
}

function judge(request: IncomingMessage, key: string, situation: ElevenLabsSituation): Refusal | 'hang' | undefined {
  const url = new URL(request.url ?? '', 'ws://server')
  const given = request.headers['xi-api-key']
  if (situation === 'never_answers') return 'hang'
  if (situation === 'has_no_quota') return refusal(401, 'quota_exceeded', 'This request exceeds your quota.')
  if (situation === 'limits_the_rate') {
    return { ...refusal(429, 'too_many_concurrent_requests', 'Too many.'), headers: { 'retry-after': '3' } }
  }
  if (situation === 'breaks') return refusal(503, 'system_busy', 'The system is experiencing heavy traffic.')
  if (given !== key || situation === 'refuses_the_key') {
    return refusal(401, 'invalid_api_key', `Invalid API key: ${String(given)}`)
  }
  if (!/^\/v1\/text-to-speech\/[\w-]+\/multi-stream-input$/.test(url.pathname)) return { status: 404 }
  const asExpected = url.searchParams.get('output_format') === 'pcm_24000' && url.searchParams.get('model_id')
  return asExpected ? undefined : refusal(400, 'invalid_output_format', 'expected pcm_24000')
}

function refusal(status: number, name: string, message: string): Refusal {
  return { status, body: JSON.stringify({ detail: { status: name, message } }) }
}

type Context = { readonly id: string; text: string; spoken: Promise<void> }

/** One connection. */
class Speaker {
  readonly #socket: WebSocket
  readonly #situation: () => ElevenLabsSituation
  readonly #voice: NonNullable<Options['voice']>
  readonly #contexts = new Map<string, Context>()

  constructor(socket: WebSocket, situation: () => ElevenLabsSituation, voice: NonNullable<Options['voice']>) {
    this.#socket = socket
    this.#situation = situation
    this.#voice = voice
  }

  take(json: string): void {
    const message = messageSchema.parse(JSON.parse(json))
    if (message.close_socket) return void this.#closeSocket()
    const id = message.context_id
    if (message.close_context) return this.#closeContext(id)
    const context = this.#contexts.get(id) ?? { id, text: '', spoken: Promise.resolve() }
    this.#contexts.set(id, context)
    if (this.#contexts.size > maxContexts) {
      const reason = `Maximum simultaneous contexts per WebSocket connection exceeded (${maxContexts}).`
      return this.#socket.close(1008, reason)
    }
    context.text += message.text ?? ''
    if (!message.flush || context.text.trim() === '' || this.#misbehaves(context)) return
    const text = context.text.trimStart()
    context.text = ''
    context.spoken = context.spoken.then(() => this.#speak(context.id, text))
  }

  async #speak(contextId: string, text: string): Promise<void> {
    const audio = await this.#synthesise(text)
    // A voice without samples to cut is cut in the middle of one.
    const step = this.#situation() === 'splits_samples' ? 3333 : chunkMs * bytesPerMs
    const alignment = alignText(text, audio.byteLength / bytesPerMs)
    for (let at = 0; at < audio.byteLength; at += step) {
      const part = alignment.between(at / bytesPerMs, (at + step) / bytesPerMs)
      this.#sendAudio(contextId, audio.subarray(at, at + step), part)
      if (this.#situation() === 'stalls') return
      if (this.#situation() === 'is_cut_off') return this.#socket.terminate()
    }
  }

  #sendAudio(contextId: string, audio: Uint8Array, alignment: Alignment): void {
    const told = this.#situation() === 'forgets_alignment' ? null : alignment
    this.#send({
      audio: Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength).toString('base64'),
      isFinal: null,
      normalizedAlignment: told,
      alignment: told,
      contextId,
    })
  }

  async #synthesise(text: string): Promise<Uint8Array> {
    if (this.#voice === 'flite') return fromSixteen((await makeSpeechClip(text)).pcm)
    return makeTone(text.trim().length * this.#voice.msPerCharacter)
  }

  #closeContext(id: string): void {
    const context = this.#contexts.get(id)
    if (context === undefined || this.#situation() === 'never_ends_a_context') return
    void context.spoken.then(() => {
      if (/stalls|never_speaks|endlessly/.test(this.#situation())) return
      this.#contexts.delete(id)
      this.#send({ isFinal: true, contextId: id })
      if (this.#situation() === 'speaks_after_the_end_of_a_context') this.#speakOn(id, 50)
    })
  }

  async #closeSocket(): Promise<void> {
    await Promise.all([...this.#contexts.values()].map(({ spoken }) => spoken))
    this.#socket.close(1000)
  }

  /** True when it does something else than speaking. */
  #misbehaves(context: Context): boolean {
    switch (this.#situation()) {
      case 'never_speaks':
        return true
      case 'refuses_the_key_in_band':
        return this.#refuse({ message: 'Invalid API key', error: 'invalid_api_key', code: 1008 })
      case 'has_no_quota_in_band':
        return this.#refuse({ message: 'This request exceeds your quota.', error: 'quota_exceeded', code: 1008 })
      case 'does_not_know_the_voice':
        return this.#refuse({ message: 'A voice with that id does not exist.', error: 'voice_not_found', code: 1008 })
      case 'has_no_quota_at_the_close':
        this.#socket.close(1008, 'This request exceeds your quota. You have 3 credits remaining')
        return true
      case 'sends_garbage':
        for (let times = 0; times < 30; times += 1) this.#socket.send('<html>busy</html>')
        return true
      case 'sends_unknown_messages':
        this.#socket.send('not even JSON')
        this.#send({ type: 'news', contextId: context.id, items: [1] })
        this.#send({ audio: null, contextId: context.id })
        this.#send({ audio: 'AAAA', contextId: 'somebody else' })
        return false
      case 'sends_a_huge_message':
        this.#send({ audio: 'A'.repeat(4_194_304), contextId: context.id })
        return true
      case 'speaks_endlessly':
        this.#speakOn(context.id, Number.POSITIVE_INFINITY)
        return true
      default:
        return false
    }
  }

  #refuse(error: object): true {
    this.#send(error)
    this.#socket.close(1008)
    return true
  }

  #speakOn(contextId: string, times: number): void {
    if (this.#socket.readyState !== this.#socket.OPEN || times <= 0) return
    const audio = Buffer.alloc(chunkMs * bytesPerMs, 7).toString('base64')
    this.#socket.send(JSON.stringify({ audio, contextId }), () =>
      setImmediate(() => this.#speakOn(contextId, times - 1)),
    )
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message))
  }
}

/** 24 kHz: 220 Hz at a quarter of full scale, cut to whole samples. */
function makeTone(ms: number): Uint8Array {
  const samples = Int16Array.from({ length: Math.round(ms * 24) }, (_, at) =>
    Math.round(8192 * Math.sin((2 * Math.PI * 220 * at) / 24_000)),
  )
  return new Uint8Array(samples.buffer)
}

/** 16 to 24 kHz, on straight lines between the samples: good enough for ears that know what is said. */
function fromSixteen(pcm: Uint8Array): Uint8Array {
  const source = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength)
  const count = source.length / 2
  const sample = (at: number): number => source.readInt16LE(Math.min(at, count - 1) * 2)
  const samples = Int16Array.from({ length: Math.floor(count * 1.5) }, (_, at) => {
    const position = at / 1.5
    const before = Math.floor(position)
    return Math.round(sample(before) + (sample(before + 1) - sample(before)) * (position - before))
  })
  return new Uint8Array(samples.buffer)
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return Buffer.from(data instanceof ArrayBuffer ? new Uint8Array(data) : data).toString('utf8')
}
