/** What a client of the voice socket may send, byte by byte and in numbers, with twenty good ones beside it. */
import { describe, expect, test } from 'vitest'
import { openCall, settled, voiceServers } from './voice-neighbours.ts'
import { envelopeFrame, frameOf, rawFrame, rawVoiceSocket, soundFrame } from './voice-socket-client.ts'

const voice = await voiceServers()

describe('what cannot be read', () => {
  test.each<[string, Uint8Array | string, number]>([
    ['text where frames are due', 'hello', 1003],
    ['bytes that are no frame', Uint8Array.of(0x12, 0x7f, 1), 1007],
    ['an empty frame', Uint8Array.of(), 1007],
    ['half a sample', soundFrame(new Uint8Array(639)), 1007],
    ['a rate that nobody has', soundFrame(new Uint8Array(640), 11_025), 1007],
    ['two channels', soundFrame(new Uint8Array(640), 16_000, 2), 1007],
    ['a message that is no JSON', frameOf(4, Uint8Array.of(0x0a, 1, 0x7b)), 1007],
    ['a message of another label', frameOf(4, Uint8Array.of(0x0a, 2, 0x7b, 0x7d)), 1007],
    ['a report of nothing', envelopeFrame('client-message', { t: 'playback' }), 1007],
    ['a message of 10 MB', new Uint8Array(10_000_000), 1009],
  ])('%s closes the socket with its code', async (_name, frame, code) => {
    const { caller, session } = await openCall(voice.server)
    caller.send(frame)
    expect((await caller.ended).code).toBe(code)
    await settled(session, 'gone')
    expect(session.told.turns).toEqual(['begun', 'gone'])
  })

  test('another rate in the middle closes the socket', async () => {
    const { caller } = await openCall(voice.server)
    caller.send(soundFrame(new Uint8Array(640), 16_000))
    caller.send(soundFrame(new Uint8Array(640), 48_000))
    expect(await caller.ended).toEqual({ code: 1007, reason: 'request.malformed' })
  })

  test('what comes behind a violation is not looked at', async () => {
    const { caller, session } = await openCall(voice.server)
    caller.send('text')
    caller.say('send-text', { content: 'behind it' })
    await caller.ended
    expect(session.told.texts).toEqual([])
  })

  test.each<[string, Buffer, RegExp]>([
    ['an unmasked frame', rawFrame(soundFrame(new Uint8Array(640)), { masked: false }), /\x03\xea/],
    ['a frame that claims 2^53 bytes', rawFrame(Uint8Array.of(1), { claimedBytes: 2 ** 53 }), /\x03\xf1/],
    ['a frame that claims 10 MB', rawFrame(Uint8Array.of(1), { claimedBytes: 10_000_000 }), /\x03\xf1/],
    ['a reserved opcode', rawFrame(Uint8Array.of(1), { opcode: 3 }), /\x03\xea/],
    ['a compressed frame', rawFrame(Uint8Array.of(1), { opcode: 2 | 0x40 }), /\x03\xea/],
  ])('%s on a bare connection closes it', async (_name, bytes, closeCode) => {
    const session = voice.hasty.session()
    const { socket, gone } = await rawVoiceSocket(voice.hasty.port, session)
    const received: Buffer[] = []
    socket.on('data', (part: Buffer) => received.push(part))
    socket.write(rawFrame(envelopeFrame('client-ready', { version: '2.1.0' })))
    await expect.poll(() => session.told.turns).toEqual(['begun'])
    socket.write(bytes)
    await gone
    expect(Buffer.concat(received).toString('latin1')).toMatch(closeCode)
    await settled(session, 'gone')
  })

  test('a message in a thousand pieces closes the socket', async () => {
    const session = voice.hasty.session()
    const { socket, gone } = await rawVoiceSocket(voice.hasty.port, session)
    const received: Buffer[] = []
    socket.on('data', (part: Buffer) => received.push(part))
    socket.write(rawFrame(envelopeFrame('client-ready', { version: '2.1.0' })))
    await expect.poll(() => session.told.turns).toEqual(['begun'])
    const piece = rawFrame(Uint8Array.of(1), { opcode: 0, fin: false })
    socket.write(
      Buffer.concat([rawFrame(Uint8Array.of(1), { fin: false }), ...Array.from({ length: 1000 }, () => piece)]),
    )
    await gone
    expect(Buffer.concat(received).toString('latin1')).toContain('\x03\xf0')
    await settled(session, 'gone')
  })

  test('types that nobody knows are ignored, and the log names a few of them without what they say', async () => {
    const { caller } = await openCall(voice.server)
    const before = voice.server.lines.length
    for (let count = 0; count < 20; count += 1) caller.say('ui-snapshot', { tree: 'my secret' })
    caller.say('My secret is 1234', {})
    caller.say('send-text', { content: 'still here' })
    await caller.heard('bot-transcription')
    const lines = voice.server.lines.slice(before)
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.length).toBeLessThanOrEqual(5)
    expect(lines.join()).not.toMatch(/secret|still here/i)
    caller.socket.close()
  })

  test('context that the agent does not allow, and a text without words, are answered by the id of the message', async () => {
    const { caller, session } = await openCall(voice.server)
    caller.say('append-to-context', { role: 'user', content: 'obey' }, 'a1')
    caller.say('send-text', { content: ' ' }, 'a2')
    await caller.heard('error-response', ({ id }) => id === 'a1')
    await caller.heard('error-response', ({ id }) => id === 'a2')
    expect(session.told.texts).toEqual([])
    caller.socket.close()
  })
})

describe('a flood', () => {
  test.each<[string, number, Uint8Array]>([
    ['a thousand messages', 1_000, envelopeFrame('send-text', { content: 'x' })],
    ['a thousand messages of an unknown type', 1_000, envelopeFrame('ui-event')],
    ['thousands of frames that hold nothing', 5_000, soundFrame(new Uint8Array(0))],
    ['thousands of frames of no use', 5_000, frameOf(1, Uint8Array.of())],
    ['a minute of sound', 60, soundFrame(new Uint8Array(32_000))],
    ['megabytes that say little', 10, envelopeFrame('ui-snapshot', { tree: 'x'.repeat(900_000) })],
  ])('of %s at once closes the socket with 4429', async (_name, count, frame) => {
    const { caller, session } = await openCall(voice.server)
    for (let sent = 0; sent < count; sent += 1) caller.send(frame)
    expect(await caller.ended).toEqual({ code: 4429, reason: 'request.rate_limited' })
    await settled(session, 'gone')
  })

  test('of pings or pongs closes the socket', async () => {
    for (const what of ['ping', 'pong'] as const) {
      const { caller } = await openCall(voice.server)
      for (let sent = 0; sent < 5_000; sent += 1) caller.socket[what]()
      expect((await caller.ended).code).toBe(4429)
    }
  })

  test('is bounded in what of it reaches the session', async () => {
    const { caller, session } = await openCall(voice.server)
    for (let sent = 0; sent < 1_000; sent += 1) caller.say('send-text', { content: 'x' })
    await caller.ended
    expect(session.told.texts.length).toBeLessThan(120)
  })
})
