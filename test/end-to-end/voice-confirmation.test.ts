/**
 * Confirmations over the wire of a voice session, by the bytes of its socket: what answers the question, and what does not. The
 * agent's own voice comes back through the microphone, and the ears take the end of its question for a yes.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeSpeechClip, type SpeechClip } from '../harness-provider/make-speech-clips.ts'
import { type DeepgramServer, startDeepgramServer } from '../harness-provider/start-deepgram-server.ts'
import { apiClient } from './api-client.ts'
import { openVoiceSession } from './open-voice-session.ts'
import { publishAgent } from './published-agent.ts'
import { sealCredential } from './seal-credential.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'
import { VoiceCaller } from './voice-caller.ts'

const speechKey = 'dg-e2e-confirmation-7a01'
const question = 'Just to be sure, shall I do this: book slot, time 9:30, weekday Tuesday?'
const within = { timeout: 90_000 }

let home: string
let server: ServerProcess
let call: ReturnType<typeof apiClient>
let deepgram: DeepgramServer
let yes: SpeechClip
let echo: SpeechClip
const agents = { spoken: '', irreversible: '' }

beforeAll(async () => {
  yes = await makeSpeechClip('Yes, please.', 'rms')
  // What the ears make of the agent's own words is the worst that they could.
  echo = { ...(await makeSpeechClip('Please say yes or no.', 'slt')), transcript: 'Yes.' }
  deepgram = await startDeepgramServer({ clips: [yes, echo], key: speechKey })
  home = await makeHome()
  server = await startProcess({ home, environment: { HYPONEMA_OUTBOUND_ALLOW: deepgram.allowEntry } })
  call = apiClient(server.url, (await server.demo()).api_key)
  const credential = await sealCredential(server, { kind: 'speech', provider: 'deepgram', secret: speechKey })
  for (const confirmation of ['spoken', 'irreversible'] as const) {
    const ears = { provider: 'deepgram', base_url: deepgram.url, credential_id: credential }
    agents[confirmation] = await publishAgent(call, confirmation, documentOf(confirmation, ears))
  }
}, 120_000)
afterAll(async () => {
  await server?.interrupt()
  await deepgram?.close()
  await removeHome(home)
})

function documentOf(confirmation: string, ears: object) {
  const tool = { name: 'book_slot', arguments: { weekday: 'Tuesday', time: '9:30' } }
  const rules = [
    { when: ['book'], tool, then_say: ['Booked.'], else_say: ['{{result.error}}'] },
    { when: ['*'], say: ['Nothing was done.'] },
  ]
  return {
    persona: { prompt: 'A clerk.' },
    model: { kind: 'scripted', script: { rules } },
    voice: { speech_to_text: ears, text_to_speech: { provider: 'flite', voice: 'slt' } },
    tools: ['book_slot'],
    policy: { tool_rules: [{ name: 'booking', tools: ['book_slot'], confirmation }] },
  }
}

const open = async (confirmation: keyof typeof agents) =>
  VoiceCaller.connect(await openVoiceSession(call, agents[confirmation]))
/** The question is being said. */
const isAsking = (caller: VoiceCaller) => caller.until(() => caller.audio.length > 5, 'the question')
const press = (caller: VoiceCaller, digits: string) => caller.tell('client-message', { t: 'keypad', d: { digits } })
const heardYes = (caller: VoiceCaller) =>
  caller.messages.some(({ type, data }) => type === 'user-transcription' && String(data['text']).startsWith('Yes'))

/** From its first sound on: what comes back from a loudspeaker has no pause before it. */
function withoutLead(pcm: Uint8Array): Uint8Array {
  const samples = Buffer.from(pcm)
  let at = 0
  while (at + 2 < samples.length && Math.abs(samples.readInt16LE(at)) < 500) at += 2
  return pcm.subarray(at)
}

describe.concurrent('a question of the server', () => {
  test('is not answered by the end of the question that comes back through the microphone', within, async () => {
    const caller = await open('spoken')
    caller.type('book')
    const ends = () => caller.messages.filter(({ type }) => type === 'bot-stopped-speaking').length
    await caller.until(() => ends() > 0, 'the end of the question')
    caller.speak(withoutLead(echo.pcm))
    caller.speak(new Uint8Array(48_000))
    await caller.until(() => heardYes(caller), 'what the ears heard of the agent')
    await caller.turnEnd(2)
    expect([caller.words.split(question).length - 1, caller.words.includes('Booked.')]).toEqual([2, false])
    caller.close()
  })

  test('is answered by a person who says yes behind its end', within, async () => {
    const caller = await open('spoken')
    caller.type('book')
    await caller.turnEnd(1)
    await new Promise((resolve) => setTimeout(resolve, 600))
    caller.speak(yes.pcm)
    caller.speak(new Uint8Array(48_000))
    await caller.turnEnd(2)
    expect(caller.words).toContain('Booked.')
    caller.close()
  })

  test('about what cannot be undone takes no spoken yes; a key does it, once', within, async () => {
    const caller = await open('irreversible')
    caller.type('book')
    await caller.turnEnd(1)
    await new Promise((resolve) => setTimeout(resolve, 600))
    caller.speak(yes.pcm)
    caller.speak(new Uint8Array(48_000))
    await caller.turnEnd(2)
    expect(caller.words).toContain('Nothing was done.')
    caller.type('book')
    await caller.turnEnd(3)
    press(caller, '1')
    press(caller, '1')
    await caller.turnEnd(4)
    caller.type('hello')
    await caller.turnEnd(5)
    expect(caller.words.split('Booked.').length - 1).toBe(1)
    caller.close()
  })

  test('is not answered by a key that was pressed before its end, and is asked again', within, async () => {
    const caller = await open('irreversible')
    caller.type('book')
    await isAsking(caller)
    press(caller, '1')
    await caller.turnEnd(2)
    expect([caller.words.split('book slot').length - 1, caller.words.includes('Booked.')]).toEqual([2, false])
    press(caller, '1')
    await caller.turnEnd(3)
    expect(caller.words).toContain('Booked.')
    caller.close()
  })

  test('is taken back by who speaks up while it is asked, whatever is said', within, async () => {
    const caller = await open('spoken')
    caller.type('book')
    await isAsking(caller)
    caller.type('yes')
    await caller.turnEnd(2)
    expect(caller.own('turn_end').map(({ status }) => status)).toEqual(['cut', 'complete'])
    caller.type('yes')
    await caller.turnEnd(3)
    expect(caller.words).not.toContain('Booked.')
    caller.close()
  })

  test('is answered by a typed yes, and no by any other key', within, async () => {
    const caller = await open('irreversible')
    caller.type('book')
    await caller.turnEnd(1)
    press(caller, '2')
    await caller.turnEnd(2)
    expect(caller.words).toContain('Nothing was done.')
    caller.type('book')
    await caller.turnEnd(3)
    caller.type('yes')
    await caller.turnEnd(4)
    expect(caller.words).toContain('Booked.')
    caller.close()
  })
})
