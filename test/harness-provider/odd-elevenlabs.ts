import { parseUuid, type Uuid } from '@hyponema/contract'
import { onTestFinished } from 'vitest'
import type { WebSocket } from 'ws'
import { z } from 'zod'
import { createElevenLabs } from '../../packages/server/src/conversation/providers/elevenlabs/create-elevenlabs.ts'
import type {
  SpokenAudio,
  TextToSpeechPort,
} from '../../packages/server/src/conversation/providers/text-to-speech-port.ts'
import { clearedWords } from '../../packages/server/src/conversation/test-harness/cleared-words.ts'
import { parseAllowEntry } from '../../packages/server/src/platform/outbound/allow-entry.ts'
import { createOutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { type SocketServer, startSocketServer } from './start-socket-server.ts'

const saidSchema = z.object({
  context_id: z.string().optional(),
  flush: z.boolean().optional(),
  close_context: z.boolean().optional(),
})

const key = 'xi-silent-0123456789abcdef'
const credential = {
  unseal: async () => undefined,
  use: <Result>(work: (bytes: Uint8Array) => Result) => work(Buffer.from(key)),
}
export const units = ['Hello, this is the clinic. ', 'How can I help you today?'].map(clearedWords)
export const halfASecond = Buffer.alloc(24_000, 7).toString('base64')

/** A voice behind a server of ElevenLabs' protocol that answers each message as a test wants. */
export async function openOddVoice(
  behave: (socket: WebSocket, said: z.infer<typeof saidSchema>) => void,
): Promise<{ voice: TextToSpeechPort; server: SocketServer }> {
  const server = await startSocketServer({
    judge: () => undefined,
    onSocket: (socket) =>
      socket.on('message', (data: Buffer) => behave(socket, saidSchema.parse(JSON.parse(data.toString('utf8'))))),
  })
  const allow = [parseAllowEntry(server.allowEntry)]
  const door = createOutboundDoor({ allow, ownNames: [], ownAddresses: [], refusalStepMs: 1 })
  const voice = createElevenLabs({
    door,
    workspaceId: uuid('0190b5a0-0000-7000-8000-000000000001'),
    onlyHosts: null,
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

/** Says both units to their end. */
export async function speakUnits(voice: TextToSpeechPort, pieces: SpokenAudio[] = []): Promise<void> {
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
