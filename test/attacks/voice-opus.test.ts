/** Opus on the voice socket: who gets it, what a client may send as a packet, and what is in those that it gets. */
import { afterAll, describe, expect, test } from 'vitest'
import { opusLoader } from '../../packages/server/src/conversation/transports/voice/load-opus.ts'
import { settled, voiceServers } from './voice-neighbours.ts'
import { frameOf, opusFrame, soundFrame, VoiceCaller } from './voice-socket-client.ts'
import { startVoiceServer, type VoiceServer } from './voice-socket-server.ts'

const voice = await voiceServers()
const strict = await startVoiceServer({ limits: { unsentOpusBytes: 100 } })
const without = await startVoiceServer({ loadOpus: () => Promise.reject(new Error('no such file')) })
const opus = await opusLoader()()
afterAll(() => Promise.all([strict.close(), without.close()]))

const asks = { platform_details: { audio_codec: 'opus' } }
async function call(server: VoiceServer, about?: unknown) {
  const session = server.session()
  const caller = await new VoiceCaller(server.port, session).ready(about)
  return { caller, session, client: session.client }
}
const answer = async (caller: VoiceCaller) => (await caller.heard('bot-ready')).data

/** 20 ms of 24 kHz, louder than the next one of the other kind. */
function loud(frame: number): Uint8Array {
  const samples = Int16Array.from({ length: 480 }, (_, at) => 20_000 * Math.sin((frame * 480 + at) / 9))
  return new Uint8Array(samples.buffer)
}
const silence = new Uint8Array(960)

describe('Opus', () => {
  test('is for clients that ask for it, and the answer says so', async () => {
    const { caller, client } = await call(voice.server, asks)
    expect(await answer(caller)).toEqual({ version: '2.1.0', about: { audio_codec: 'opus' } })
    expect(client?.encoderDelayMs).toBe(2.5)
    client?.beginSpeech()
    for (let frame = 0; frame < 10; frame += 1) client?.sendAudio(loud(frame))
    await caller.until(() => caller.sounds.length === 10)
    expect(caller.sounds.every(({ name }) => name === 'opus')).toBe(true)
    expect(caller.audioBytes).toBeLessThan(9600 / 10)
    const decoder = opus.createDecoder()
    expect(caller.sounds.map(({ sound }) => decoder.decode(sound)?.byteLength)).toEqual(
      Array.from({ length: 10 }, () => 640),
    )
    caller.socket.close()
  })

  test.each([
    ['nothing', undefined],
    ['another codec', { platform_details: { audio_codec: 'mp3' } }],
    ['what no codec is', { platform_details: { audio_codec: { name: 'opus' } } }],
    ['it elsewhere', { audio_codec: 'opus' }],
  ])('is not for one that asks for %s: samples go both ways as ever', async (_name, about) => {
    const { caller, session, client } = await call(voice.server, about)
    expect(await answer(caller)).toEqual({ version: '2.1.0' })
    expect(client?.encoderDelayMs).toBeUndefined()
    client?.sendAudio(loud(0))
    client?.sendAudio(loud(1).subarray(0, 100))
    await caller.until(() => caller.sounds.length === 2)
    expect(caller.sounds).toEqual([
      { name: 'audio', sound: Buffer.from(loud(0)) },
      { name: 'audio', sound: Buffer.from(loud(1).subarray(0, 100)) },
    ])
    caller.send(soundFrame(new Uint8Array(640)))
    await expect.poll(() => session.told.audioBytes).toBe(640)
    caller.socket.close()
  })

  test('that cannot be loaded leaves samples, and the log says why', async () => {
    const { caller } = await call(without, asks)
    expect(await answer(caller)).toEqual({ version: '2.1.0' })
    expect(without.lines.join()).toContain('Opus could not be loaded')
    caller.socket.close()
  })

  test('asked for twice is agreed on once', async () => {
    const session = voice.server.session()
    const caller = new VoiceCaller(voice.server.port, session)
    await caller.opened
    for (let count = 0; count < 2; count += 1) caller.say('client-ready', { version: '2.1.0', about: asks })
    await caller.heard('bot-ready')
    caller.say('send-text', { content: 'hello' })
    await caller.heard('bot-transcription')
    expect(caller.said.map(({ type }) => type)).toEqual(['bot-ready', 'bot-transcription'])
    expect(session.told.turns).toEqual(['begun'])
    caller.socket.close()
  })
})

describe('packets from a client', () => {
  test('reach the session as 16 kHz samples', async () => {
    const { caller, session } = await call(voice.server, asks)
    const encoder = opus.createEncoder()
    for (let frame = 0; frame < 50; frame += 1) caller.send(opusFrame(encoder.encode(loud(frame))))
    await expect.poll(() => session.told.audioBytes).toBe(32_000)
    caller.socket.close()
  })

  test.each<[string, Uint8Array]>([
    ['an empty one', opusFrame(Uint8Array.of())],
    ['one of a megabyte', opusFrame(new Uint8Array(1_000_000).fill(0xf8, 0, 1))],
    ['one with a frame of more than 1275 bytes', opusFrame(new Uint8Array(1400).fill(0xf8, 0, 1))],
    ['one of more than 120 ms', opusFrame(Uint8Array.of(0xfb, 7))],
    ['one of no frames', opusFrame(Uint8Array.of(0xfb, 0))],
    ['one whose frames are longer than it is', opusFrame(Uint8Array.of(0xfa, 200, 1))],
    ['one of two channels', opusFrame(Uint8Array.of(0xfc, 1, 2))],
    ['samples where packets were agreed on', soundFrame(new Uint8Array(640))],
    ['one that does not say that it is one', frameOf(2, frameOf(3, Uint8Array.of(0xf8, 1, 2)))],
  ])('close the socket with 1007: %s', async (_name, frame) => {
    const { caller, session } = await call(voice.server, asks)
    caller.send(frame)
    expect(await caller.ended).toEqual({ code: 1007, reason: 'request.malformed' })
    await settled(session, 'gone')
    expect(session.told.audioBytes).toBe(0)
  })

  test('close a socket on which samples were agreed', async () => {
    const { caller } = await call(voice.server)
    caller.send(opusFrame(opus.createEncoder().encode(loud(0))))
    expect(await caller.ended).toEqual({ code: 1007, reason: 'request.malformed' })
  })

  test('count by the sound in them: 2 bytes of 120 ms, a hundred times, are too much', async () => {
    const { caller, session } = await call(voice.server, asks)
    for (let sent = 0; sent < 150; sent += 1) caller.send(opusFrame(Uint8Array.of(0xfb, 6)))
    expect(await caller.ended).toEqual({ code: 4429, reason: 'request.rate_limited' })
    await settled(session, 'gone')
    // Ten seconds, and what is let in while they are read.
    expect(session.told.audioBytes).toBeLessThan(12 * 32_000)
  })

  test('of noise, by the hundred, disturb nobody who speaks beside it', async () => {
    const [noisy, good] = await Promise.all([call(voice.server, asks), call(voice.server, asks)])
    const encoder = opus.createEncoder()
    for (let sent = 0; sent < 200; sent += 1) {
      const noise = Uint8Array.from({ length: 200 }, (_, at) =>
        at === 0 ? (sent % 32) * 8 : (at * 89 + sent * 31) % 256,
      )
      noisy.caller.send(opusFrame(noise))
      good.caller.send(opusFrame(encoder.encode(loud(sent))))
    }
    await expect.poll(() => good.session.told.audioBytes).toBe(200 * 640)
    for (const { caller } of [noisy, good]) caller.socket.close()
  })
})

describe('packets to a client', () => {
  test.each(['an interruption', 'other speech'])('after %s hold nothing of what was said before it', async (what) => {
    const { caller, client } = await call(voice.server, asks)
    for (let frame = 0; frame < 7; frame += 1) client?.sendAudio(loud(frame))
    if (what === 'an interruption') client?.interrupt()
    else client?.beginSpeech()
    for (let frame = 0; frame < 5; frame += 1) client?.sendAudio(silence)
    await caller.until(() => caller.sounds.length === 12)
    const fresh = opus.createEncoder()
    const expected = Array.from({ length: 5 }, () => Buffer.from(fresh.encode(silence)))
    expect(caller.sounds.slice(7).map(({ sound }) => sound)).toEqual(expected)
    caller.socket.close()
  })

  test('are bounded by the seconds that wait, as samples are', async () => {
    const [packets, samples] = await Promise.all([call(strict, asks), call(strict)])
    expect(packets.client?.sendAudio(loud(0))).toBe(false)
    expect(samples.client?.sendAudio(loud(0))).toBe(true)
    for (const { caller } of [packets, samples]) caller.socket.close()
  })
})
