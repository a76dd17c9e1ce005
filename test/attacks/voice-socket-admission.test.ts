/** Who may open a voice socket, and what happens while that is decided. */
import { setTimeout as after } from 'node:timers/promises'
import { tokenSubprotocolPrefix, voiceSubprotocol } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { sendBytes } from './raw-bytes.ts'
import { settled, voiceServers } from './voice-neighbours.ts'
import { freshAddress, VoiceCaller } from './voice-socket-client.ts'
import { type Session, startVoiceServer } from './voice-socket-server.ts'

const voice = await voiceServers()

describe('who may open a socket', () => {
  const protocol = (token: string) => [voiceSubprotocol, `${tokenSubprotocolPrefix}${token}`]
  const closeOf = async (session: Session, options: ConstructorParameters<typeof VoiceCaller>[2]) => {
    const ended = await new VoiceCaller(voice.server.port, session, options).ended
    expect(session.told.turns).toEqual([])
    return ended
  }

  test.each<[string, (mine: Session, other: Session) => ConstructorParameters<typeof VoiceCaller>[2]]>([
    ['no token', () => ({ protocols: [voiceSubprotocol] })],
    ['a wrong token', () => ({ protocols: protocol('token-of-nobody') })],
    ['the token of another session', (_mine, other) => ({ protocols: protocol(other.token) })],
    ['two tokens', (mine) => ({ path: `${mine.path}?token=token-of-nobody` })],
    ['two tokens in the query', (mine) => ({ path: `${mine.path}?token=${mine.token}&token=x`, protocols: [] })],
    ['a path that names no session', () => ({ path: '/v1/sessions/ses_1/voice' })],
  ])('not with %s: 4001', async (_name, options) => {
    const [mine, other] = [voice.server.session(), voice.server.session()]
    expect(await closeOf(mine, options(mine, other))).toEqual({ code: 4001, reason: 'session.token_invalid' })
  })

  test('not with a token for text turns, but with one to resume', async () => {
    expect((await closeOf(voice.server.session({ kind: 'turn' }), {})).code).toBe(4001)
    const caller = await new VoiceCaller(voice.server.port, voice.server.session({ kind: 'resume' })).ready()
    caller.socket.close()
  })

  test('with the same token in both places', async () => {
    const session = voice.server.session()
    const caller = new VoiceCaller(voice.server.port, session, { path: `${session.path}?token=${session.token}` })
    await caller.ready()
    caller.socket.close()
  })

  test('not from a foreign page, from no page, or from a page with a native token: 4003', async () => {
    const foreign = await closeOf(voice.server.session(), { headers: { Origin: 'https://evil.example' } })
    expect(foreign).toEqual({ code: 4003, reason: 'session.origin_refused' })
    expect((await closeOf(voice.server.session(), { headers: { Origin: 'null' } })).code).toBe(4003)
    expect((await closeOf(voice.server.session({ client: 'native' }), {})).code).toBe(4003)
  })

  test('not while the server stops: 1001', async () => {
    voice.server.state.isDraining = true
    try {
      expect(await closeOf(voice.server.session(), {})).toEqual({ code: 1001, reason: 'server.draining' })
    } finally {
      voice.server.state.isDraining = false
    }
  })

  test('not on another path: 404, and not through a foreign name: 421', async () => {
    const session = voice.server.session()
    const refused = (options: ConstructorParameters<typeof VoiceCaller>[2]) =>
      new VoiceCaller(voice.server.port, session, options).refused
    expect(await refused({ path: '/v1/sessions' })).toBe(404)
    expect(await refused({ path: `${session.path}/` })).toBe(404)
    expect(await refused({ headers: { Host: 'evil.example' } })).toBe(421)
    expect(await refused({ headers: { Host: 'localhost.evil.example' } })).toBe(421)
  })

  test('an upgrade to something else is answered as the request that it also is, a broken handshake is refused', async () => {
    const request = (...lines: readonly string[]) =>
      sendBytes(
        voice.server.port,
        `${['GET /v1/sessions/x/voice HTTP/1.1', 'Host: localhost', ...lines].join('\r\n')}\r\n\r\n`,
      )
    expect(await request('Connection: Upgrade, close', 'Upgrade: h2c')).toMatch(/^HTTP\/1\.1 200 /)
    expect(await request('Connection: Upgrade', 'Upgrade: websocket')).toMatch(/^HTTP\/1\.1 400 /)
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
    const old = await request('Connection: Upgrade', 'Upgrade: websocket', key, 'Sec-WebSocket-Version: 7')
    expect(old).toMatch(/^HTTP\/1\.1 400 [^]*Sec-WebSocket-Version: 13/)
  })

  test('no log line ever held a token', () => {
    expect(voice.server.lines.join('\n')).not.toMatch(/token-of-/)
  })
})

describe('while a session decides', () => {
  test('nothing is read, and what waits is not judged when it is refused', async () => {
    const session = voice.server.session()
    const decision = Promise.withResolvers<void>()
    session.admission = decision.promise
    const caller = new VoiceCaller(voice.server.port, session)
    await caller.opened
    caller.send('text is a violation')
    await after(50)
    decision.reject(new Error('the database is gone: postgres://secret'))
    expect(await caller.ended).toEqual({ code: 1011, reason: 'server.internal' })
    expect(session.told.turns).toEqual([])
  })

  test('what a client says waits, and is heard when it is admitted', async () => {
    const session = voice.server.session()
    const decision = Promise.withResolvers<void>()
    session.admission = decision.promise
    const caller = new VoiceCaller(voice.server.port, session)
    await caller.opened
    caller.say('client-ready', { version: '2.1.0' })
    caller.say('send-text', { content: 'already said' })
    await after(50)
    expect(session.told.turns).toEqual([])
    decision.resolve()
    await caller.heard('bot-transcription')
    expect(session.told.texts).toEqual(['already said'])
    caller.socket.close()
  })

  test('one that a stopping server has closed is given up when it is admitted', async () => {
    const own = await startVoiceServer({ limits: { closeMs: 100 } })
    const session = own.session()
    const decision = Promise.withResolvers<void>()
    session.admission = decision.promise
    const caller = new VoiceCaller(own.port, session)
    await caller.opened
    await own.upgrade.closeAll()
    expect((await caller.ended).code).toBe(1001)
    decision.resolve()
    await settled(session, 'abandoned')
    await own.close()
  })

  test('one that goes is given up when it is admitted', async () => {
    const session = voice.server.session()
    const decision = Promise.withResolvers<void>()
    session.admission = decision.promise
    const caller = new VoiceCaller(voice.server.port, session)
    await caller.opened
    caller.socket.terminate()
    decision.resolve()
    await settled(session, 'abandoned')
  })

  test('one that is admitted too late has heard that it was not, and is given up', async () => {
    const session = voice.hasty.session()
    const decision = Promise.withResolvers<void>()
    session.admission = decision.promise
    const caller = new VoiceCaller(voice.hasty.port, session)
    expect((await caller.ended).code).toBe(1011)
    decision.resolve()
    await settled(session, 'abandoned')
  })
})

test('a crowd from one address is closed with 4429, beyond that refused with a plain 429, and nobody else notices', async () => {
  const headers = { 'X-Forwarded-For': freshAddress() }
  const crowd = Array.from({ length: 150 }, () => {
    const caller = new VoiceCaller(voice.server.port, voice.server.session(), { headers })
    return Promise.race([
      caller.opened
        .then(() => caller.ready())
        .then(
          () => caller,
          () => caller.ended,
        ),
      caller.refused,
    ])
  })
  const outcomes = await Promise.all(crowd)
  const admitted = outcomes.filter((outcome) => outcome instanceof VoiceCaller)
  expect(admitted).toHaveLength(40)
  expect(
    outcomes.filter((outcome) => typeof outcome === 'object' && 'code' in outcome && outcome.code === 4429),
  ).toHaveLength(50)
  expect(outcomes.filter((outcome) => outcome === 429)).toHaveLength(60)
  for (const caller of admitted) caller.socket.close()
  // A second later there is room for twenty.
  voice.server.state.nowMs += 1_000
  const caller = await new VoiceCaller(voice.server.port, voice.server.session(), { headers }).ready()
  caller.socket.close()
})

test('wrong tokens count against the same budget', async () => {
  const headers = { 'X-Forwarded-For': freshAddress() }
  const attempts = (count: number) =>
    Promise.all(
      Array.from({ length: count }, () => {
        const caller = new VoiceCaller(voice.server.port, voice.server.session(), {
          headers,
          protocols: [voiceSubprotocol],
        })
        return Promise.race([caller.ended.then(({ code }) => code), caller.refused])
      }),
    )
  expect(new Set(await attempts(40))).toEqual(new Set([4001]))
  const beyond = await attempts(30)
  expect(beyond.filter((outcome) => outcome === 4429)).toHaveLength(10)
  expect(beyond.filter((outcome) => outcome === 429)).toHaveLength(20)
})
