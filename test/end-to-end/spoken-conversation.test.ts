/** A spoken conversation over a real server: Deepgram's protocol on loopback answers from the audio, flite speaks. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { makeSpeechClips, type SpeechClip } from '../harness-provider/make-speech-clips.ts'
import { type DeepgramServer, startDeepgramServer } from '../harness-provider/start-deepgram-server.ts'
import { apiClient } from './api-client.ts'
import { Microphone } from './caller-microphone.ts'
import { openVoiceSession } from './open-voice-session.ts'
import { OpusPhone } from './opus-phone.ts'
import { publishAgent } from './published-agent.ts'
import { sealCredential } from './seal-credential.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'
import { VoiceCaller } from './voice-caller.ts'

const speechKey = 'dg-e2e-7a31b90cc4'
const turnsSchema = z.object({ data: z.array(z.object({ role: z.string(), text: z.string(), status: z.string() })) })
const texts = ['When are you open on Monday?', 'Please stop talking now.', 'uh-huh'] as const
const longAnswer =
  'We are open on Monday from eight in the morning until six in the evening. On every other day it is the same. At the weekend we are closed. Please bring your card.'

describe.concurrent('a spoken conversation', () => {
  let home: string
  let server: ServerProcess
  let deepgram: DeepgramServer
  let call: ReturnType<typeof apiClient>
  let agentId: string
  let clips: SpeechClip[]

  beforeAll(async () => {
    clips = await makeSpeechClips(texts, 'rms')
    deepgram = await startDeepgramServer({ clips, key: speechKey })
    home = await makeHome()
    server = await startProcess({ home, environment: { HYPONEMA_OUTBOUND_ALLOW: deepgram.allowEntry } })
    call = apiClient(server.url, (await server.demo()).api_key)
    const credential = await sealCredential(server, { kind: 'speech', provider: 'deepgram', secret: speechKey })
    agentId = await publishAgent(call, 'Listener', {
      persona: { prompt: 'A listener.' },
      model: {
        kind: 'scripted',
        script: {
          rules: [
            { when: ['open'], say: [longAnswer] },
            { when: ['stop'], say: ['I am quiet now.'] },
          ],
          otherwise: 'I did not get that.',
        },
      },
      voice: {
        speech_to_text: { provider: 'deepgram', base_url: deepgram.url, credential_id: credential },
      },
      policy: {},
    })
  }, 120_000)
  afterAll(async () => {
    await server.kill()
    await deepgram.close()
    await removeHome(home)
  })

  const open = async (phone?: OpusPhone): Promise<{ id: string; caller: VoiceCaller; microphone: Microphone }> => {
    const session = await openVoiceSession(call, agentId, { modality: 'voice' })
    const caller = await VoiceCaller.connect(session, {}, phone)
    return { id: session.id, caller, microphone: new Microphone(caller) }
  }
  const turnsOf = async (id: string) => turnsSchema.parse((await call('GET', `/v1/sessions/${id}/turns`)).body).data
  const clip = (text: (typeof texts)[number]): Uint8Array => clips[texts.indexOf(text)]?.pcm ?? new Uint8Array()

  test.each([
    ['samples', undefined],
    ['Opus', new OpusPhone()],
  ])(
    'a spoken question is understood and answered aloud; speaking again interrupts (%s)',
    {
      timeout: 60_000,
    },
    async (_name, phone) => {
      const { id, caller, microphone } = await open(phone)
      microphone.start()
      microphone.say(clip(texts[0]))
      await caller.until(() => caller.has('bot-started-speaking'), 'the answer')
      expect(
        caller.messages.find(({ type, data }) => type === 'user-transcription' && data['final'] === true)?.data,
      ).toMatchObject({ text: texts[0] })
      await caller.until(() => caller.heardMs > 1500, 'speech')
      microphone.say(clip(texts[1]))
      await caller.until(
        () => caller.has('user-started-speaking') && caller.interruptions.length > 0,
        'the interruption',
      )
      const cutAtMs = caller.interruptions[0] ?? 0
      const begun = caller.messages.findLast(({ type, atMs }) => type === 'user-started-speaking' && atMs < cutAtMs)
      const lastSound = caller.audio.findLast(({ atMs }) => atMs < cutAtMs)
      // From the detection on nothing is sent: what sounds then was on its way.
      expect((lastSound?.atMs ?? 0) - (begun?.atMs ?? 0)).toBeLessThan(100)
      await caller.until(() => caller.own('turn_end').length >= 2, 'the second answer')
      expect(caller.words).toContain('I am quiet now.')
      microphone.stop()
      caller.tell('disconnect-bot', {})
      await caller.until(() => caller.closed !== undefined, 'close')
      const turns = await turnsOf(id)
      expect(
        turns
          .filter(({ role }) => role === 'user')
          .map(({ text }) => text)
          .sort(),
      ).toEqual([texts[1], texts[0]].sort())
      const cut = turns.find(({ status }) => status === 'cut')?.text ?? ''
      expect(cut.length).toBeGreaterThan(10)
      expect(longAnswer.startsWith(cut.trimEnd())).toBe(true)
      expect(cut.length).toBeLessThan(longAnswer.length)
    },
  )

  test('"uh-huh" interrupts nothing', { timeout: 60_000 }, async () => {
    const { caller, microphone } = await open()
    microphone.start()
    microphone.say(clip(texts[0]))
    await caller.until(() => caller.heardMs > 1000, 'the answer')
    microphone.say(clip(texts[2]))
    expect(await caller.turnEnd(1, 40_000)).toMatchObject({ status: 'complete', heard_characters: longAnswer.length })
    expect(caller.interruptions).toEqual([])
    microphone.stop()
    caller.lose()
  })

  test('silence, noise and a wrong rate are not understood', { timeout: 60_000 }, async () => {
    const { caller, microphone } = await open()
    microphone.start()
    await pause(800)
    microphone.say(noise(1500))
    await pause(2500)
    expect(caller.messages.filter(({ type }) => type === 'user-transcription')).toEqual([])
    expect(caller.own('turn_start')).toEqual([])
    microphone.stop()
    caller.lose()
  })
})

function noise(ms: number): Buffer {
  const pcm = Buffer.alloc(ms * 32)
  for (let at = 0; at < pcm.length; at += 2) pcm.writeInt16LE(Math.round((Math.random() - 0.5) * 12_000), at)
  return pcm
}
