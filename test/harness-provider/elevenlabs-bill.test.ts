/** What an ElevenLabs that is not there may cost: words that it never got are on no bill. */
import { parseUuid, type Uuid } from '@hyponema/contract'
import { expect, it, onTestFinished } from 'vitest'
import { createElevenLabs } from '../../packages/server/src/conversation/providers/elevenlabs/create-elevenlabs.ts'
import type {
  SpokenAudio,
  TextToSpeechPort,
} from '../../packages/server/src/conversation/providers/text-to-speech-port.ts'
import { clearedWords } from '../../packages/server/src/conversation/test-harness/cleared-words.ts'
import { parseAllowEntry } from '../../packages/server/src/platform/outbound/allow-entry.ts'
import { createOutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { type SocketServer, startSocketServer } from './start-socket-server.ts'

const key = 'xi-silent-0123456789abcdef'
const credential = { use: <Result>(work: (bytes: Uint8Array) => Result) => work(Buffer.from(key)) }
const units = ['Hello, this is the clinic. ', 'How can I help you today?'].map(clearedWords)

it('that never takes the connection is not billed for words that it never got', async () => {
  const { voice, server } = await openVoice()
  await server.close()
  await expect(speak(voice)).rejects.toMatchObject({ kind: 'unavailable' })
  expect(voice.charactersUsed()).toBe(0)
})

async function openVoice(): Promise<{ voice: TextToSpeechPort; server: SocketServer }> {
  const server = await startSocketServer({
    judge: () => undefined,
    onSocket: () => undefined,
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
