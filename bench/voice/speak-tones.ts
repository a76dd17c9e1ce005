import type { WebSocket } from 'ws'
import { z } from 'zod'

const messageSchema = z.object({
  context_id: z.string().default('default'),
  text: z.string().optional(),
  flush: z.boolean().default(false),
  close_context: z.boolean().default(false),
  close_socket: z.boolean().default(false),
})

/** 24 kHz, s16le. */
const bytesPerMs = 48
/** A message of the provider carries up to a second. */
const chunkMs = 1000

const tone = Buffer.alloc(chunkMs * bytesPerMs)
for (let at = 0; at < tone.length; at += 2) {
  tone.writeInt16LE(Math.round(8192 * Math.sin((2 * Math.PI * 220 * at) / 2 / 24_000)), at)
}
/** Base64 of so many milliseconds, made once: the fake has to be quicker than what it measures. */
const encoded = new Map<number, string>()

/** ElevenLabs' connection with many contexts. The voice `tone25` is a tone of 25 ms for each character. */
export function speakTones(socket: WebSocket, path: string): void {
  const msPerCharacter = Number(/\/tone(\d+)\//.exec(path)?.[1] ?? 1)
  const texts = new Map<string, string>()
  socket.on('message', (data: Buffer) => {
    const message = messageSchema.parse(JSON.parse(data.toString('utf8')))
    const { context_id: contextId } = message
    if (message.close_socket) return socket.close(1000)
    if (message.close_context) {
      const rest = texts.get(contextId)
      texts.delete(contextId)
      if (rest !== undefined) speak(socket, contextId, rest, msPerCharacter)
      return socket.send(JSON.stringify({ isFinal: true, contextId }))
    }
    const text = (texts.get(contextId) ?? '') + (message.text ?? '')
    texts.set(contextId, message.flush ? '' : text)
    if (message.flush) speak(socket, contextId, text, msPerCharacter)
  })
}

function speak(socket: WebSocket, contextId: string, untrimmed: string, msPerCharacter: number): void {
  const characters = [...untrimmed.trimStart()]
  if (characters.join('').trim() === '') return
  const perChunk = Math.floor(chunkMs / msPerCharacter)
  for (let at = 0; at < characters.length; at += perChunk) {
    const chars = characters.slice(at, at + perChunk)
    const alignment = {
      chars,
      charStartTimesMs: chars.map((_, index) => index * msPerCharacter),
      charDurationsMs: chars.map(() => msPerCharacter),
    }
    const audio = toneOf(chars.length * msPerCharacter)
    socket.send(JSON.stringify({ audio, isFinal: null, normalizedAlignment: alignment, alignment, contextId }))
  }
}

function toneOf(ms: number): string {
  const known = encoded.get(ms)
  if (known !== undefined) return known
  const made = tone.subarray(0, ms * bytesPerMs).toString('base64')
  encoded.set(ms, made)
  return made
}
