/** Opus over a real server: what the agent says comes down whole, in a tenth of the bytes, and counts as it sounds. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiClient } from './api-client.ts'
import { openVoiceSession } from './open-voice-session.ts'
import { OpusPhone } from './opus-phone.ts'
import { publishAgent } from './published-agent.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'
import { loudness, VoiceCaller } from './voice-caller.ts'

const hours = 'We are open on Monday from eight in the morning until six in the evening.'
let home: string
let server: ServerProcess
let call: ReturnType<typeof apiClient>
let agentId: string

beforeAll(async () => {
  home = await makeHome()
  server = await startProcess({ home })
  call = apiClient(server.url, (await server.demo()).api_key)
  const script = { rules: [{ when: ['thank'], say: ['You are welcome.'] }], otherwise: hours }
  agentId = await publishAgent(call, 'Speaker', {
    persona: { prompt: 'A speaker.' },
    model: { kind: 'scripted', script },
    voice: {},
    policy: {},
  })
}, 120_000)
afterAll(async () => {
  await server.kill()
  await removeHome(home)
})

async function open(phone?: OpusPhone): Promise<VoiceCaller> {
  return VoiceCaller.connect(await openVoiceSession(call, agentId), {}, phone)
}

const samplesOf = (caller: VoiceCaller) => {
  const bytes = Buffer.concat(caller.audio.map(({ pcm }) => pcm))
  return new Int16Array(new Uint8Array(bytes).buffer)
}

/** 1 for the same sound, `by` samples later. */
function likeness(first: Int16Array, second: Int16Array, by: number): number {
  let [product, one, two] = [0, 0, 0]
  for (const [at, sample] of first.entries()) {
    const other = second[at + by] ?? 0
    product += sample * other
    one += sample * sample
    two += other * other
  }
  return product / Math.sqrt(one * two)
}

describe('an answer in Opus', () => {
  test('is the answer in samples, 2.5 ms later, to its last word', { timeout: 60_000 }, async () => {
    const [packed, plain] = await Promise.all([open(new OpusPhone()), open()])
    for (const caller of [packed, plain]) caller.type('When are you open?')
    for (const caller of [packed, plain])
      expect(await caller.turnEnd(1)).toMatchObject({ status: 'complete', heard_characters: hours.length })
    expect(packed.messages.find(({ type }) => type === 'bot-ready')?.data).toMatchObject({
      about: { audio_codec: 'opus' },
    })
    expect(packed.audio.every(({ pcm }) => pcm.byteLength === 960)).toBe(true)
    const [heard, said] = [samplesOf(packed), samplesOf(plain)]
    expect(heard.length - said.length).toBeGreaterThanOrEqual(0)
    expect(heard.length - said.length).toBeLessThanOrEqual(960)
    const level = (caller: VoiceCaller) => loudness(Buffer.concat(caller.audio.map(({ pcm }) => pcm)))
    expect(level(packed) / level(plain)).toBeGreaterThan(0.9)
    expect(level(packed) / level(plain)).toBeLessThan(1.1)
    expect(likeness(said, heard, 60)).toBeGreaterThan(0.9)
    const end = said.length - 12_000
    expect(likeness(said.slice(end), heard.slice(end), 60)).toBeGreaterThan(0.85)
    const perSecond = packed.soundBytes / (packed.heardMs / 1000)
    expect(perSecond).toBeLessThan(4800)
    for (const caller of [packed, plain]) caller.close()
  })

  test('that is interrupted counts what was heard, and the next one has none of it', { timeout: 60_000 }, async () => {
    const caller = await open(new OpusPhone())
    caller.type('When are you open?')
    await caller.until(() => caller.heardMs > 1500, 'speech')
    const before = caller.audio.length
    caller.type('Thank you.')
    await caller.until(() => caller.interruptions.length > 0, 'the interruption')
    const cutAt = caller.audio.filter(({ atMs }) => atMs < (caller.interruptions[0] ?? 0)).length
    expect(cutAt - before).toBeLessThan(6)
    const cut = await caller.turnEnd(1)
    expect(cut).toMatchObject({ status: 'cut' })
    expect(Number(cut['heard_characters'])).toBeGreaterThan(10)
    expect(Number(cut['heard_characters'])).toBeLessThan(hours.length)
    expect(await caller.turnEnd(2)).toMatchObject({ status: 'complete' })
    expect(caller.packets.slice(cutAt)).toEqual((await alone()).packets)
    caller.close()
  })
})

/** The same answer where nothing was said before it. */
async function alone(): Promise<VoiceCaller> {
  const caller = await open(new OpusPhone())
  caller.type('Thank you.')
  await caller.turnEnd(1)
  caller.close()
  return caller
}
