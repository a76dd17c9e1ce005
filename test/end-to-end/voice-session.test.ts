/** A voice session over a real server, by the bytes of its socket. The voice is the built-in one. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { apiClient } from './api-client.ts'
import { openVoiceSession } from './open-voice-session.ts'
import { publishAgent } from './published-agent.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'
import { loudness, VoiceCaller } from './voice-caller.ts'

const forbidden = 'take four tablets of aspirin'

const document = {
  persona: { prompt: 'A talker.', first_message: 'Hello there.' },
  model: {
    kind: 'scripted',
    script: {
      rules: [
        { when: ['repeat after me *'], say: ['{{rest}}'] },
        {
          when: ['long'],
          say: [
            'This is the beginning of a very long answer. It goes on and on. And it has not ended yet. There is more to come. And still more.',
          ],
        },
        { when: ['quick'], say: ['Quickly said.'] },
      ],
      otherwise: 'I did not get that.',
    },
  },
  voice: {},
  policy: { no_go_zones: [{ name: 'dosage', phrases: [forbidden], action: 'redirect', line: 'Please ask a doctor.' }] },
}

describe.concurrent('a voice session', () => {
  let home: string
  let server: ServerProcess
  let call: ReturnType<typeof apiClient>
  let agentId: string

  beforeAll(async () => {
    home = await makeHome()
    server = await startProcess({ home })
    call = apiClient(server.url, (await server.demo()).api_key)
    agentId = await publishAgent(call, 'Talker', document)
  }, 90_000)
  afterAll(async () => {
    await server.kill()
    await removeHome(home)
  })

  const open = (fields?: Readonly<Record<string, unknown>>) => openVoiceSession(call, agentId, fields)
  const transcript = async (id: string): Promise<readonly { role: string; text: string; status: string }[]> => {
    const { body } = await call('GET', `/v1/sessions/${id}/turns`)
    return z.object({ data: z.array(z.object({ role: z.string(), text: z.string(), status: z.string() })) }).parse(body)
      .data
  }

  test('greets aloud, answers a typed question aloud, and keeps what was heard', { timeout: 40_000 }, async () => {
    const session = await open()
    const caller = await VoiceCaller.connect(session)
    await caller.turnEnd(1)
    expect(caller.words).toBe('Hello there.')
    const greetingMs = caller.heardMs
    expect(greetingMs).toBeGreaterThan(400)
    expect(loudness(Buffer.concat(caller.audio.map(({ pcm }) => pcm)))).toBeGreaterThan(0.01)
    caller.type('quick')
    expect(await caller.turnEnd(2)).toMatchObject({ status: 'complete', heard_characters: 'Quickly said.'.length })
    expect(caller.heardMs - greetingMs).toBeGreaterThan(400)
    caller.tell('disconnect-bot', {})
    await caller.until(() => caller.closed !== undefined, 'close')
    expect(caller.closed?.code).toBe(1000)
    const turns = await transcript(session.id)
    expect(new Set(turns.map(({ text }) => text))).toEqual(new Set(['Hello there.', 'quick', 'Quickly said.']))
  })

  test('of a forbidden sentence there leaves not one character and not one sample', { timeout: 40_000 }, async () => {
    const caller = await VoiceCaller.connect(await open())
    await caller.turnEnd(1)
    const before = caller.heardMs
    caller.type(`repeat after me ${forbidden}`)
    await caller.turnEnd(2)
    expect(Buffer.concat(caller.raw).toString('latin1')).not.toMatch(/tablets|aspirin/i)
    expect(caller.own('guard')).toMatchObject([{ zone: 'dosage', action: 'replace', characters_heard: 0 }])
    expect(caller.words).toContain('Please ask a doctor.')
    const withLine = caller.heardMs - before
    // What was played is the line, no longer: said by itself it takes as long.
    caller.type('repeat after me Please ask a doctor.')
    await caller.turnEnd(3)
    const lineAlone = caller.heardMs - before - withLine
    expect(Math.abs(withLine - lineAlone)).toBeLessThan(100)
    caller.lose()
  })

  test('speech comes about as fast as it is played', { timeout: 40_000 }, async () => {
    const caller = await VoiceCaller.connect(await open())
    await caller.turnEnd(1)
    caller.audio.length = 0
    caller.type('long')
    await caller.turnEnd(2, 40_000)
    const [first] = caller.audio
    let sentMs = 0
    const leads = caller.audio.map(({ pcm, atMs }) => {
      sentMs += pcm.byteLength / 48
      return sentMs - (atMs - (first?.atMs ?? 0))
    })
    // Seen from here, where frames may come late and then together; the exact bound of 100 ms is proved beside the player.
    expect(Math.max(...leads)).toBeLessThan(500)
    caller.lose()
  })

  test('a typed message cuts what is being said; what was heard is kept and nothing more', {
    timeout: 40_000,
  }, async () => {
    const session = await open()
    const caller = await VoiceCaller.connect(session)
    await caller.turnEnd(1)
    const before = caller.heardMs
    caller.type('long')
    await caller.until(() => caller.heardMs > before + 1500, 'speech')
    caller.type('quick')
    await caller.until(() => caller.interruptions.length > 0, 'the interruption')
    const end = await caller.turnEnd(2)
    expect(end).toMatchObject({ status: 'cut' })
    await caller.turnEnd(3)
    const turns = await transcript(session.id)
    const cut = turns.find(({ status }) => status === 'cut')?.text ?? ''
    expect(cut.length).toBe(end['heard_characters'])
    expect(cut.length).toBeGreaterThan(5)
    expect('This is the beginning of a very long answer. It goes on and on.').toContain(cut.slice(0, 40))
    expect(cut).not.toContain('still more')
    caller.lose()
  })

  test('a lost socket is resumed with the token of the last one, once', { timeout: 40_000 }, async () => {
    const session = await open()
    const caller = await VoiceCaller.connect(session)
    await caller.turnEnd(1)
    await caller.until(() => caller.own('resume').length > 0, 'the resume token')
    const token = String(caller.own('resume')[0]?.['token'])
    const tooEarly = await VoiceCaller.connect({ ...session, token })
    expect(tooEarly.closed?.code).toBe(4001)
    caller.lose()
    await pause(300)
    const second = await VoiceCaller.connect({ ...session, token })
    expect(second.closed).toBeUndefined()
    second.type('quick')
    await second.turnEnd(1)
    expect(second.words).toBe('Quickly said.')
    second.lose()
    await pause(300)
    const again = await VoiceCaller.connect({ ...session, token })
    expect(again.closed?.code).toBe(4001)
  })

  test('a socket that is lost before it was ready gives its resume token back', { timeout: 40_000 }, async () => {
    const session = await open()
    const caller = await VoiceCaller.connect(session)
    await caller.turnEnd(1)
    await caller.until(() => caller.own('resume').length > 0, 'the resume token')
    const token = String(caller.own('resume')[0]?.['token'])
    caller.lose()
    await pause(300)
    const half = new VoiceCaller({ ...session, token })
    await half.opened()
    await pause(300)
    half.lose()
    await pause(300)
    const third = await VoiceCaller.connect({ ...session, token })
    expect(third.closed).toBeUndefined()
    third.type('quick')
    await third.turnEnd(1)
    expect(third.words).toBe('Quickly said.')
    third.lose()
  })

  test('a connect token opens one socket', { timeout: 40_000 }, async () => {
    const session = await open()
    const caller = await VoiceCaller.connect(session)
    const second = await VoiceCaller.connect(session)
    expect(second.closed?.code).toBe(4001)
    expect(caller.closed).toBeUndefined()
    caller.lose()
  })

  test('the end by the backend closes the socket; the words until then are kept', { timeout: 40_000 }, async () => {
    const session = await open()
    const caller = await VoiceCaller.connect(session)
    await caller.turnEnd(1)
    caller.type('long')
    const before = caller.heardMs
    await caller.until(() => caller.heardMs > before + 800, 'speech')
    await call('POST', `/v1/sessions/${session.id}/end`)
    await caller.until(() => caller.closed !== undefined, 'close')
    expect(caller.closed?.code).toBe(1000)
    const turns = await transcript(session.id)
    expect(turns.find(({ status }) => status === 'cut')?.text).toMatch(/^This is/)
  })
})
