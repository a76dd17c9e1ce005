/** The server that our tests of speaking trust: its audio is that of the text, and so is its alignment. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { startElevenLabsServer } from './start-elevenlabs-server.ts'

const key = 'xi-server-0123456789'
const path = '/v1/text-to-speech/voice_1/multi-stream-input?model_id=eleven_flash_v2_5&output_format=pcm_24000'

const audioSchema = z.object({
  contextId: z.string(),
  audio: z.base64().nullish(),
  isFinal: z.boolean().nullish(),
  alignment: z.object({ chars: z.array(z.string()), charStartTimesMs: z.array(z.number()) }).nullish(),
})

describe('the ElevenLabs of our tests', () => {
  it('speaks so many milliseconds for each character, aligned, context by context', async () => {
    const answers = await talk([
      { context_id: 'a', text: ' ' },
      { context_id: 'b', text: ' ' },
      { context_id: 'a', text: 'Hello there. ', flush: true },
      { context_id: 'b', text: 'Not flushed' },
      { context_id: 'a', close_context: true },
      { context_id: 'b', text: ' yet. ', flush: true },
      { context_id: 'b', close_context: true },
    ])
    for (const [contextId, text] of [
      ['a', 'Hello there. '],
      ['b', 'Not flushed yet. '],
    ] as const) {
      const mine = answers.filter((answer) => answer.contextId === contextId)
      const bytes = mine.reduce((sum, { audio }) => sum + Buffer.from(audio ?? '', 'base64').byteLength, 0)
      expect(bytes).toBe(text.trim().length * 50 * 48)
      expect(mine.flatMap(({ alignment }) => alignment?.chars ?? []).join('')).toBe(text)
      expect(mine.at(-1)).toMatchObject({ isFinal: true })
      expect(mine.slice(0, -1).every(({ isFinal }) => isFinal !== true)).toBe(true)
    }
  })

  it('closes when more than five contexts are open at once', async () => {
    const messages = Array.from({ length: 6 }, (_, at) => ({ context_id: String(at), text: ' ' }))
    const { socket } = await open()
    for (const message of messages) socket.send(JSON.stringify(message))
    const [code, reason] = await new Promise<[number, string]>((settle) => {
      socket.once('close', (closeCode, words) => settle([closeCode, String(words)]))
    })
    expect([code, reason]).toStrictEqual([1008, expect.stringContaining('Maximum simultaneous contexts')])
  })
})

async function open() {
  const server = await startElevenLabsServer({ key, voice: { msPerCharacter: 50 } })
  onTestFinished(() => server.close())
  const socket = new WebSocket(`${server.allowEntry}${path}`, { headers: { 'xi-api-key': key } })
  await new Promise((settle) => socket.once('open', settle))
  return { socket, server }
}

async function talk(messages: readonly object[]): Promise<readonly z.infer<typeof audioSchema>[]> {
  const { socket, server } = await open()
  const answers: z.infer<typeof audioSchema>[] = []
  socket.on('message', (data: Buffer) => answers.push(audioSchema.parse(JSON.parse(data.toString()))))
  for (const message of messages) socket.send(JSON.stringify(message))
  socket.send(JSON.stringify({ close_socket: true }))
  await new Promise((settle) => socket.once('close', settle))
  expect(server.received).toHaveLength(messages.length + 1)
  return answers
}
