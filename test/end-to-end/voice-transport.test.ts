/** The widget's transport under the official client, without a browser: sockets of Node, media that only take notes. */
import { LogLevel, PipecatClient } from '@pipecat-ai/client-js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OpusEvents } from '../../packages/widget/src/voice/browser-opus.ts'
import { type ConnectionState, VoiceTransport } from '../../packages/widget/src/voice/voice-transport.ts'
import { VoiceStub } from './voice-stub.ts'

let stub: VoiceStub
let wsUrl: string
const clients: PipecatClient[] = []

beforeEach(async () => {
  // The official client asks the browser for its name.
  Reflect.set(globalThis, 'window', globalThis)
  stub = new VoiceStub()
  wsUrl = `ws://${await stub.listen()}/v1/sessions/1/voice`
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.disconnect()))
  stub.close()
  Reflect.deleteProperty(globalThis, 'window')
})

function join({ hasOpus = false, ...options }: { handshakeMs?: number; hasOpus?: boolean } = {}) {
  const states: ConnectionState[] = []
  const media: string[] = []
  const watchers: Array<() => void> = []
  const changed = (note: string[], what: string) => {
    note.push(what)
    for (const wake of watchers.splice(0)) wake()
  }
  const codecs: OpusEvents[] = []
  const open = (events: OpusEvents) => {
    const number = codecs.push(events)
    return {
      encode: (pcm: ArrayBuffer) => events.onPacket(new Uint8Array(pcm)),
      decode: (packet: Uint8Array) => changed(media, `decode ${packet.length} with ${number}`),
      flush: () => changed(media, `flush ${number}`),
      close: () => changed(media, `close ${number}`),
    }
  }
  const transport = new VoiceTransport({
    opus: { isSupported: () => hasOpus, open },
    media: {
      play: (samples) => changed(media, `play ${samples.length}`),
      flush: () => changed(media, 'flush'),
      reset: () => changed(media, 'reset'),
      setMuted: (muted) => changed(media, `muted ${muted}`),
      isMuted: () => false,
      track: () => undefined,
    },
    onConnection: (state) => {
      states.push(state)
      for (const wake of watchers.splice(0)) wake()
    },
    link: options,
  })
  const messages: unknown[] = []
  const client = new PipecatClient({
    transport,
    enableMic: false,
    callbacks: { onServerMessage: (data: unknown) => messages.push(data) },
  })
  client.setLogLevel(LogLevel.NONE)
  clients.push(client)
  const joined = client.connect({ wsUrl, token: 'connect-1' }).catch((error: unknown) => error)
  const until = async (look: () => boolean) => {
    while (!look()) await new Promise<void>((resolve) => watchers.push(resolve))
  }
  const kinds = () => states.map((state) => state.kind)
  return { client, transport, states, kinds, media, messages, joined, until }
}

describe('a voice connection', () => {
  test('carries its token in the sub-protocol, announces frame 5, and is live with bot-ready', async () => {
    const { joined, kinds } = join()
    const socket = await stub.socket(0)
    expect(socket.token).toBe('connect-1')
    await socket.ready()
    expect((await socket.envelope('client-ready')).data).toMatchObject({
      version: expect.stringMatching(/^2\./),
      about: { platform_details: { interruption_frame: true } },
    })
    expect(await joined).toEqual({ version: '2.1.0' })
    expect(kinds()).toEqual(['connecting', 'connecting', 'live'])
  })

  test('plays audio, and drops it for frame 5 and bot-interruption only', async () => {
    const { joined, media, until } = join()
    const socket = await stub.socket(0)
    await socket.ready()
    await joined
    socket.sendAudio(Buffer.alloc(960))
    socket.say('user-started-speaking')
    socket.say('bot-interruption')
    socket.sendAudio(Buffer.alloc(480))
    socket.interrupt()
    socket.say('bot-interruption')
    socket.sendAudio(Buffer.alloc(2))
    await until(() => media.includes('play 1'))
    expect(media).toEqual(['reset', 'play 480', 'flush', 'play 240', 'flush', 'play 1'])
  })

  test('goes on after frames that nobody can read', async () => {
    const { joined, media, until } = join()
    const socket = await stub.socket(0)
    await socket.ready()
    await joined
    const good = Buffer.from([0x12, 0x04, 0x1a, 0x02, 0x01, 0x02])
    for (let cut = 0; cut < good.length; cut += 1) socket.sendRaw(good.subarray(0, cut))
    socket.sendRaw(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
    socket.sendAudio(Buffer.alloc(3))
    socket.sendRaw(Buffer.from([0x22, 0x03, 0x0a, 0x01, 0x7b]))
    socket.sendRaw(good)
    await until(() => media.includes('play 1'))
    expect(media.filter((note) => note.startsWith('play'))).toEqual(['play 1'])
  })

  test('sends microphone audio as 16 kHz frames', async () => {
    const { joined, transport } = join()
    const socket = await stub.socket(0)
    await socket.ready()
    await joined
    transport.sendAudio(new Int16Array([1, -2, 3]).buffer)
    const [first] = await socket.until(() => socket.audio.length > 0 && socket.audio)
    expect(first).toMatchObject({ rate: 16_000 })
    expect([...new Int16Array(new Uint8Array(first?.pcm ?? []).buffer)]).toEqual([1, -2, 3])
  })

  test('asks for Opus where the browser has it, and goes on with samples where the server says nothing of it', async () => {
    const { joined, transport, media, until } = join({ hasOpus: true })
    const socket = await stub.socket(0)
    await socket.ready()
    expect((await socket.envelope('client-ready')).data).toMatchObject({
      about: { platform_details: { audio_codec: 'opus' } },
    })
    await joined
    transport.sendAudio(new Int16Array(320).buffer)
    await socket.until(() => socket.audio.length === 1)
    socket.sendPacket(Buffer.from([0xf8, 1]))
    socket.sendAudio(Buffer.alloc(960))
    await until(() => media.includes('play 480'))
    expect([media, socket.packets]).toEqual([['reset', 'play 480'], []])
  })

  test('never takes up Opus that it did not ask for', async () => {
    const { joined, transport } = join()
    const socket = await stub.socket(0)
    await socket.ready(undefined, 'opus')
    expect(JSON.stringify(await socket.envelope('client-ready'))).not.toContain('audio_codec')
    await joined
    transport.sendAudio(new Int16Array(320).buffer)
    await socket.until(() => socket.audio.length === 1)
    expect(socket.packets).toEqual([])
  })

  test('sends and gets packets once both agree, drops them decoder first, and begins anew with the next socket', async () => {
    const { joined, transport, media, until } = join({ hasOpus: true })
    const socket = await stub.socket(0)
    await socket.ready(undefined, 'opus')
    await joined
    transport.sendAudio(new Uint8Array([7, 8]).buffer)
    await socket.until(() => socket.packets.length === 1)
    socket.sendPacket(Buffer.from([0xf8, 1]))
    socket.interrupt()
    socket.drop()
    const next = await stub.socket(1)
    await next.ready(undefined, 'opus')
    next.sendPacket(Buffer.from([0xf8, 1, 2]))
    await until(() => media.includes('decode 3 with 2'))
    expect(media).toEqual(['reset', 'decode 2 with 1', 'flush 1', 'flush', 'close 1', 'reset', 'decode 3 with 2'])
    expect([socket.packets, socket.audio]).toEqual([[Buffer.from([7, 8])], []])
  })

  test('never shows its resume token to the page', async () => {
    const { joined, messages, client, until } = join()
    const socket = await stub.socket(0)
    await socket.ready({ token: 'secret-resume', window_seconds: 30, listens: false })
    await joined
    socket.sendAudio(Buffer.alloc(2))
    await until(() => true)
    await socket.envelope('client-ready')
    while (messages.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(messages).toEqual([
      { type: 'resume', window_seconds: 30, listens: false, session_id: expect.stringContaining('ses_') },
    ])
    expect(client.state).toBe('ready')
  })
})

describe('a lost connection', () => {
  test('is made again with the resume token, which is a new one each time', async () => {
    const { joined, kinds, until, client } = join()
    const first = await stub.socket(0)
    await first.ready({ token: 'resume-1', window_seconds: 30, listens: true })
    await joined
    await until(() => kinds().includes('live'))
    first.drop()
    const second = await stub.socket(1)
    expect(second.token).toBe('resume-1')
    await second.ready({ token: 'resume-2', window_seconds: 30, listens: true })
    await until(() => kinds().filter((kind) => kind === 'live').length === 2)
    expect(client.state).toBe('ready')
    second.close(1001)
    const third = await stub.socket(2)
    expect(third.token).toBe('resume-2')
    await third.ready()
    await until(() => kinds().filter((kind) => kind === 'live').length === 3)
    await client.sendText('Still there')
    expect((await third.envelope('send-text')).data).toMatchObject({ content: 'Still there' })
  })

  test('is given up when the window is over', async () => {
    const { joined, states, until } = join()
    const first = await stub.socket(0)
    await first.ready({ token: 'resume-1', window_seconds: 1, listens: true })
    await joined
    stub.refuseWith = 1011
    first.drop()
    await until(() => states.at(-1)?.kind === 'ended')
    expect(states.at(-1)).toMatchObject({ ending: { kind: 'lost' } })
  })

  test('is lost for good when the server has let the session go', async () => {
    const { joined, states, until } = join()
    const first = await stub.socket(0)
    await first.ready()
    await joined
    stub.refuseWith = 4001
    first.drop()
    await until(() => states.at(-1)?.kind === 'ended')
    expect(states.at(-1)).toEqual({ kind: 'ended', ending: { kind: 'lost', closeCode: 4001 } })
  })
})

describe('an ending is told by its close code:', () => {
  test.each([
    [1000, 'ended'],
    [1003, 'malformed'],
    [1007, 'malformed'],
    [1009, 'malformed'],
    [4001, 'token'],
    [4003, 'origin'],
    [4404, 'gone'],
    [4408, 'idle_or_duration'],
    [4429, 'limit'],
    [4500, 'unavailable'],
  ])('%i is %s, before bot-ready and after', async (code, kind) => {
    const early = join()
    ;(await stub.socket(0)).close(code)
    await early.until(() => early.states.at(-1)?.kind === 'ended')
    expect(early.states.at(-1)).toEqual({ kind: 'ended', ending: { kind, closeCode: code } })
    const late = join()
    const socket = await stub.socket(1)
    await socket.ready()
    await late.joined
    socket.close(code)
    await late.until(() => late.states.at(-1)?.kind === 'ended')
    expect(late.states.at(-1)).toEqual({ kind: 'ended', ending: { kind, closeCode: code } })
  })

  test('a server that was stopped has ended the session, so that nothing is tried again', async () => {
    const { joined, states, until } = join()
    const socket = await stub.socket(0)
    await socket.ready({ token: 'resume-1', window_seconds: 30, listens: true })
    await joined
    socket.close(1001, 'server_stopped')
    await until(() => states.at(-1)?.kind === 'ended')
    expect(states.at(-1)).toEqual({ kind: 'ended', ending: { kind: 'stopped', closeCode: 1001 } })
  })

  test('no bot-ready in time ends the attempt', async () => {
    const { states, until } = join({ handshakeMs: 100 })
    const socket = await stub.socket(0)
    await until(() => states.at(-1)?.kind === 'ended')
    expect(states.at(-1)).toEqual({ kind: 'ended', ending: { kind: 'silent', closeCode: undefined } })
    expect(await socket.until(() => socket.closeCode)).toBe(1000)
  })

  test('a server that is not there is unreachable', async () => {
    stub.close()
    const { states, until, joined } = join()
    await until(() => states.at(-1)?.kind === 'ended')
    expect(states.at(-1)).toMatchObject({ ending: { kind: 'unreachable' } })
    expect(await joined).toBeInstanceOf(Error)
  })
})
