/** An ElevenLabs that is silent, floods us or is not there: what was not spoken is not heard, and what was not sent on no bill. */
import { expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import type { SpokenAudio } from '../../packages/server/src/conversation/providers/text-to-speech-port.ts'
import { halfASecond, openOddVoice, speakUnits, units } from './odd-elevenlabs.ts'

it('that ends a context without any audio has failed: nothing was spoken', async () => {
  const { voice } = await openOddVoice((socket, { close_context, context_id }) => {
    if (close_context === true) socket.send(JSON.stringify({ contextId: context_id, isFinal: true }))
  })
  await expect(speakUnits(voice)).rejects.toMatchObject({ kind: 'unavailable' })
})

it('that ends a context while it owes the audio of a unit has failed: only the first unit was spoken', async () => {
  let spoken = 0
  const pieces: SpokenAudio[] = []
  const { voice } = await openOddVoice((socket, { flush, close_context, context_id }) => {
    if (flush === true && spoken === 0) {
      spoken += 1
      socket.send(JSON.stringify({ contextId: context_id, audio: halfASecond }))
    }
    if (close_context === true) socket.send(JSON.stringify({ contextId: context_id, isFinal: true }))
  })
  await expect(speakUnits(voice, pieces)).rejects.toMatchObject({ kind: 'unavailable' })
  expect(pieces.every(({ charactersSpoken = 0 }) => charactersSpoken <= (units[0]?.length ?? 0))).toBe(true)
})

it('that never takes the connection is not billed for words that it never got', async () => {
  const { voice, server } = await openOddVoice(() => undefined)
  await server.close()
  await expect(speakUnits(voice)).rejects.toMatchObject({ kind: 'unavailable' })
  expect(voice.charactersUsed()).toBe(0)
})

it('that sends sound for contexts of nobody without an end is left', async () => {
  const { voice, server } = await openOddVoice((socket, { flush, close_context, context_id }) => {
    if (flush === true) socket.send(JSON.stringify({ contextId: context_id, audio: halfASecond }))
    if (close_context !== true) return
    socket.send(JSON.stringify({ contextId: context_id, isFinal: true }))
    flood(socket)
  })
  await speakUnits(voice)
  await expect.poll(server.openConnections, { timeout: 20_000 }).toBe(0)
}, 40_000)

/** Until the other side goes: half a megabyte at once, a hundred times what the words above are worth. */
function flood(socket: WebSocket): void {
  if (socket.readyState !== socket.OPEN) return
  const message = JSON.stringify({ contextId: 'nobody', audio: 'A'.repeat(524_288) })
  socket.send(message, () => setTimeout(() => flood(socket), 5))
}
