/** Clients of the voice socket from their first word to their end: good ones, and such as are only half there. */
import { setTimeout as after } from 'node:timers/promises'
import { voiceSubprotocol } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { openCall, settled, voiceServers } from './voice-neighbours.ts'
import { envelopeFrame, frameOf, rawFrame, rawVoiceSocket, soundFrame, VoiceCaller } from './voice-socket-client.ts'
import { startVoiceServer } from './voice-socket-server.ts'

const voice = await voiceServers()

describe('a client that behaves', () => {
  test('is told bot-ready first, then what the session says, and no more once it hangs up', async () => {
    const session = voice.server.session()
    session.onBegin = (client) => client.send({ type: 'bot-started-speaking', data: {} })
    const caller = await new VoiceCaller(voice.server.port, session).ready()
    caller.say('disconnect-bot')
    expect(await caller.ended).toEqual({ code: 1000, reason: 'ended_by_client' })
    expect(caller.socket.protocol).toBe(voiceSubprotocol)
    expect(caller.said).toEqual([
      { label: 'rtvi-ai', type: 'bot-ready', id: '1', data: { version: '2.1.0' } },
      { label: 'rtvi-ai', type: 'bot-started-speaking', id: '2', data: {} },
    ])
    await settled(session, 'gone')
    expect(session.told.turns).toEqual(['begun', 'gone'])
  })

  test('may give its token in the query, as the official client does, and offer no protocol', async () => {
    const session = voice.server.session()
    const caller = new VoiceCaller(voice.server.port, session, {
      path: `${session.path}?token=${session.token}`,
      protocols: [],
    })
    await caller.ready()
    expect(caller.socket.protocol).toBe('')
    caller.socket.close()
  })

  test.each([8_000, 16_000, 24_000, 32_000, 44_100, 48_000])('is heard at %i Hz as at 16 kHz', async (rate) => {
    const { caller, session } = await openCall(voice.server)
    for (let count = 0; count < 10; count += 1) caller.send(soundFrame(new Uint8Array(rate / 5), rate))
    caller.say('send-text', { content: 'said' })
    await caller.heard('bot-transcription')
    expect(session.told.audioBytes).toBeGreaterThan(31_500)
    expect(session.told.audioBytes).toBeLessThanOrEqual(32_000)
    caller.socket.close()
  })

  test('may send sound before it is ready, which nobody hears', async () => {
    const session = voice.server.session()
    const caller = new VoiceCaller(voice.server.port, session)
    await caller.opened
    for (let count = 0; count < 50; count += 1) caller.send(soundFrame(new Uint8Array(640)))
    await caller.ready()
    expect(session.told.audioBytes).toBe(0)
    caller.socket.close()
  })

  test('reports what it has played, and sends frames that are empty or of no use', async () => {
    const { caller, session } = await openCall(voice.server)
    caller.say('client-message', { t: 'playback', d: { epoch: 0, played_ms: 200 } })
    caller.send(soundFrame(new Uint8Array(0)))
    caller.send(frameOf(1, Uint8Array.of()))
    caller.send(frameOf(9, Uint8Array.of(1)))
    caller.say('dtmf', { buttons: ['1'] })
    caller.say('client-ready', { version: '2.1.0' })
    caller.say('send-text', { content: 'still here' })
    await caller.heard('bot-transcription')
    expect(session.told.playedMs).toEqual([200])
    caller.socket.close()
  })

  test('flushes on frame 5 when it announced that, and on bot-interruption else', async () => {
    const announcing = voice.server.session()
    const caller = await new VoiceCaller(voice.server.port, announcing).ready({
      platform_details: { interruption_frame: true },
    })
    const { caller: stock, session } = await openCall(voice.server)
    for (const one of [announcing, session]) one.client?.interrupt()
    await stock.heard('bot-interruption')
    await caller.until(() => caller.interruptions === 1)
    expect(caller.said.map(({ type }) => type)).toEqual(['bot-ready'])
    expect(stock.interruptions).toBe(0)
    for (const one of [caller, stock]) one.socket.close()
  })

  test('gets everything that was handed on before the close, sound too, and one close only', async () => {
    const { caller, session } = await openCall(voice.server)
    for (let count = 0; count < 50; count += 1) {
      session.client?.send({ type: 'bot-tts-text', data: { text: `${count}` } })
      session.client?.sendAudio(new Uint8Array(960))
    }
    session.client?.close(4408, 'idle')
    session.client?.close(1000, 'ended')
    session.client?.send({ type: 'bot-tts-text', data: { text: 'late' } })
    session.client?.interrupt()
    expect(await caller.ended).toEqual({ code: 4408, reason: 'idle' })
    expect(caller.said).toHaveLength(51)
    expect(caller.audioBytes).toBe(48_000)
    expect(session.told.turns).toEqual(['begun', 'gone'])
  })

  test('keeps its socket as long as it answers pings', async () => {
    const { caller } = await openCall(voice.hasty)
    let pings = 0
    caller.socket.on('ping', () => {
      pings += 1
    })
    await expect.poll(() => pings, { timeout: 10_000 }).toBe(3)
    caller.say('send-text', { content: 'still here' })
    await caller.heard('bot-transcription')
    caller.socket.close()
  })
})

describe('a client that is half there', () => {
  test('is dropped when it answers no ping', async () => {
    const session = voice.hasty.session()
    const caller = await new VoiceCaller(voice.hasty.port, session, { autoPong: false }).ready()
    expect((await caller.ended).code).toBe(1006)
    await settled(session, 'gone')
  })

  test('is dropped when it is never ready', async () => {
    const session = voice.hasty.session()
    const caller = new VoiceCaller(voice.hasty.port, session)
    expect(await caller.ended).toEqual({ code: 4408, reason: 'request.timeout' })
    await settled(session, 'abandoned')
    expect(session.told.turns).toEqual(['abandoned'])
  })

  test('is dropped when it says too much before it is ready', async () => {
    const session = voice.server.session()
    const caller = new VoiceCaller(voice.server.port, session)
    await caller.opened
    for (let count = 0; count < 200; count += 1) caller.send(soundFrame(new Uint8Array(640)))
    expect(await caller.ended).toEqual({ code: 1009, reason: 'request.too_large' })
    await settled(session, 'abandoned')
  })

  test('is dropped when one frame before it is ready grows too large', async () => {
    const session = voice.hasty.session()
    const { socket, gone } = await rawVoiceSocket(voice.hasty.port, session)
    socket.write(rawFrame(new Uint8Array(60_000), { claimedBytes: 900_000 }))
    socket.write(new Uint8Array(10_000))
    await gone
    await settled(session, 'abandoned')
  })

  test('is dropped when it sends garbage instead', async () => {
    const session = voice.server.session()
    const caller = new VoiceCaller(voice.server.port, session)
    await caller.opened
    caller.send(Uint8Array.of(1, 2, 3))
    expect((await caller.ended).code).toBe(1007)
    await settled(session, 'abandoned')
  })

  test('is dropped with an error when it speaks another version', async () => {
    const session = voice.server.session()
    const caller = new VoiceCaller(voice.server.port, session)
    await caller.opened
    caller.say('client-ready', { version: '20.1.0' })
    expect((await caller.ended).code).toBe(1007)
    expect(caller.said).toMatchObject([{ type: 'error', data: { fatal: true } }])
    await settled(session, 'abandoned')
  })

  test('is abandoned when it goes before it is ready', async () => {
    const session = voice.server.session()
    const caller = new VoiceCaller(voice.server.port, session)
    await caller.opened
    caller.socket.terminate()
    await settled(session, 'abandoned')
  })
})

describe('a client that does not read', () => {
  test('loses sound first, then the socket; of 60 MB little more was kept than the network took', async () => {
    const { caller, session } = await openCall(voice.server)
    caller.socket.pause()
    const text = 'x'.repeat(4_000)
    for (let sent = 0; sent < 60_000; sent += 1) session.client?.sendAudio(new Uint8Array(960))
    expect(voice.server.lines.filter((line) => line.includes('sound was dropped'))).toHaveLength(1)
    // Sound never fills the room that messages have.
    session.client?.send({ type: 'bot-tts-text', data: { text } })
    await after(0)
    expect(session.told.turns).toEqual(['begun'])
    for (let sent = 0; sent < 100; sent += 1) session.client?.send({ type: 'bot-tts-text', data: { text } })
    await settled(session, 'gone')
    caller.socket.resume()
    expect(await caller.ended).toEqual({ code: 4429, reason: 'request.rate_limited' })
    // The network of the machine itself takes up to some 6 MB; 256 KiB are ours.
    expect(caller.audioBytes).toBeLessThan(16 * 1024 * 1024)
    expect(caller.said.length).toBeLessThan(64)
  })

  test('is gone soon after its close, though it never answers it', async () => {
    const session = voice.hasty.session()
    const { socket, gone } = await rawVoiceSocket(voice.hasty.port, session)
    socket.write(rawFrame(envelopeFrame('client-ready', { version: '2.1.0' })))
    await expect.poll(() => session.told.turns).toEqual(['begun'])
    session.client?.close(1000, 'ended')
    await gone
    await expect.poll(() => voice.hasty.upgrade.openCount, { timeout: 5_000 }).toBe(0)
    expect(session.told.turns).toEqual(['begun', 'gone'])
  })
})

test('a server that stops closes every socket with 1001 and waits for them', async () => {
  const own = await startVoiceServer({ limits: { closeMs: 200 } })
  const callers = await Promise.all(Array.from({ length: 5 }, () => new VoiceCaller(own.port, own.session()).ready()))
  const waiting = own.session()
  const half = new VoiceCaller(own.port, waiting)
  await half.opened
  await own.upgrade.closeAll()
  expect(own.upgrade.openCount).toBe(0)
  for (const caller of [...callers, half]) expect(await caller.ended).toEqual({ code: 1001, reason: 'server.draining' })
  await settled(waiting, 'abandoned')
  await own.close()
})
