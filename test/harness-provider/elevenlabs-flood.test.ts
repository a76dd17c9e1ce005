/** What an ElevenLabs that floods us may cost: it is not read for ever. */
import { parseUuid, type Uuid } from '@hyponema/contract'
import { expect, it, onTestFinished } from 'vitest'
import type { WebSocket } from 'ws'
import { createElevenLabs } from '../../packages/server/src/conversation/providers/elevenlabs/create-elevenlabs.ts'
import type {
  SpokenAudio,
  TextToSpeechPort,
} from '../../packages/server/src/conversation/providers/text-to-speech-port.ts'
import { clearedWords } from '../../packages/server/src/conversation/test-harness/cleared-words.ts'
import { parseAllowEntry } from '../../packages/server/src/platform/outbound/allow-entry.ts'
import { createOutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { type SocketServer, startSocketServer } from './start-socket-server.ts'

type Said = { readonly context_id: string; readonly flush?: boolean; readonly close_context?: boolean }

const key = 'xi-silent-0123456789abcdef'
const credential = { use: <Result>(work: (bytes: Uint8Array) => Result) => work(Buffer.from(key)) }
const units = ['Hello, this is the clinic. ', 'How can I help you today?'].map(clearedWords)
const halfASecond = Buffer.alloc(24_000, 7).toString('base64')

it('that sends sound for contexts of nobody without an end is left', async () => {
  const { voice, server } = await openVoice((socket, { flush, close_context, context_id }) => {
    if (flush === true) socket.send(JSON.stringify({ contextId: context_id, audio: halfASecond }))
    if (close_context !== true) return
    socket.send(JSON.stringify({ contextId: context_id, isFinal: true }))
    flood(socket)
  })
  await speak(voice)
  await expect.poll(server.openConnections, { timeout: 20_000 }).toBe(0)
}, 40_000)

/** Until the other side goes: half a megabyte at once, a hundred times what the words above are worth. */
function flood(socket: WebSocket): void {
  if (socket.readyState !== socket.OPEN) return
  const message = JSON.stringify({ contextId: 'nobody', audio: 'A'.repeat(524_288) })
  socket.send(message, () => setTimeout(() => flood(socket), 5))
}

async function openVoice(
  behave: (socket: WebSocket, said: Said) => void,
): Promise<{ voice: TextToSpeechPort; server: SocketServer }> {
  const server = await startSocketServer({
    judge: () => undefined,
    onSocket: (socket) => socket.on('message', (data: Buffer) => behave(socket, JSON.parse(data.toString('utf8')))),
  })
  const door = createOutboundDoor({
    allow: [parseAllowEntry(server.allowEntry)],
    ownNames: [],
    ownAddresses: [],
    refusalStepMs: 1,
  })
  const voice = createElevenLabs({
    door,
    workspaceId: uuid('0190b5a0-0000-7000-8000-000000000001'),
    credential,
    baseUrl: server.url,
    voiceId: 'voice_1',
    model: 'eleven_flash_v2_5',
  })
  onTestFinished(async () => {
    voice.close()
    await door.close()
    await server.close()
  })
  return { voice, server }
}

async function speak(voice: TextToSpeechPort, pieces: SpokenAudio[] = []): Promise<void> {
  const utterance = voice.open(new AbortController().signal)
  for (const unit of units) utterance.say(unit)
  utterance.end()
  for await (const piece of utterance.audio) pieces.push(piece)
}

function uuid(text: string): Uuid {
  const parsed = parseUuid(text)
  if (parsed === undefined) throw new Error(text)
  return parsed
}
