/**
 * Every exit of a voice session is gated: greeting, reply, filler, idle prompt, goodbye, what is said around a tool, and what
 * follows an interruption or a resumed socket. And every limit ends it with its code, after a warning.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiClient } from './api-client.ts'
import { openVoiceSession } from './open-voice-session.ts'
import { publishAgent } from './published-agent.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'
import { type CallerSession, VoiceCaller } from './voice-caller.ts'

const forbidden = 'four tablets of aspirin'
const leak = /tablets|aspirin/i
const slow = { timeout: 90_000 }

const script = (otherwise: string, extra: object = {}): object => ({
  kind: 'scripted',
  script: { rules: [{ when: ['repeat after me *'], say: ['{{rest}}'] }], otherwise, ...extra },
})
const policy = {
  no_go_zones: [{ name: 'dosage', phrases: [forbidden], action: 'redirect', line: 'Please ask a doctor.' }],
}

describe.concurrent('a voice session', () => {
  let home: string
  let server: ServerProcess
  let call: ReturnType<typeof apiClient>

  beforeAll(async () => {
    home = await makeHome()
    server = await startProcess({ home })
    call = apiClient(server.url, (await server.demo()).api_key)
  }, 90_000)
  afterAll(async () => {
    await server.kill()
    await removeHome(home)
  })

  const open = async (document: Readonly<Record<string, unknown>>): Promise<CallerSession & { id: string }> => {
    const agentId = await publishAgent(call, 'Exits', {
      persona: { prompt: 'A talker.' },
      model: script('Well.'),
      voice: {},
      policy,
      ...document,
    })
    return openVoiceSession(call, agentId)
  }
  const everything = ({ raw }: VoiceCaller): string => Buffer.concat(raw).toString('latin1')
  const stored = async (id: string): Promise<string> =>
    JSON.stringify((await call('GET', `/v1/sessions/${id}/turns`)).body)

  test('the greeting', slow, async () => {
    const session = await open({ persona: { prompt: 'p', first_message: `Hello. Take ${forbidden}. Bye.` } })
    const caller = await VoiceCaller.connect(session)
    await caller.turnEnd(1)
    expect(everything(caller)).not.toMatch(leak)
    expect(caller.words).toContain('Please ask a doctor.')
    expect(await stored(session.id)).not.toMatch(leak)
    caller.lose()
  })

  test('the filler: said once while the model is slow, and through the gate', slow, async () => {
    const model = script('Here it is.', { token_delay_ms: 900 })
    const polite = await VoiceCaller.connect(
      await open({ model, voice: { filler: { after_ms: 300, text: 'One moment.' } } }),
    )
    polite.type('hello')
    await polite.turnEnd(1)
    expect(polite.words).toMatch(/^One moment\. Here it is\./)
    polite.lose()
    const filler = { after_ms: 300, text: `Take ${forbidden}.` }
    const rude = await VoiceCaller.connect(await open({ model, voice: { filler } }))
    rude.type('hello')
    await rude.turnEnd(1)
    expect(everything(rude)).not.toMatch(leak)
    expect(rude.words).toContain('Here it is.')
    rude.lose()
  })

  test('a silence: prompt, warning, goodbye, close with 4408, all through the gate', slow, async () => {
    const idle = { after_seconds: 5, prompt: 'Are you there?', max_prompts: 1, goodbye: 'Goodbye then.' }
    const session = await open({ voice: { idle } })
    const caller = await VoiceCaller.connect(session)
    await caller.until(() => caller.closed !== undefined, 'the end', 40_000)
    expect(caller.closed).toEqual({ code: 4408, reason: 'idle' })
    expect(caller.words).toBe('Are you there?Goodbye then.')
    expect(caller.own('limit')).toMatchObject([{ limit: 'silence', seconds_left: 5 }])
    expect((await call('GET', `/v1/sessions/${session.id}`)).body).toMatchObject({
      status: 'completed',
      end_reason: 'idle',
    })

    const rude = { after_seconds: 5, max_prompts: 1, prompt: `Take ${forbidden}.`, goodbye: `Or ${forbidden}.` }
    const guarded = await VoiceCaller.connect(await open({ voice: { idle: rude } }))
    await guarded.until(() => guarded.closed !== undefined, 'the end', 40_000)
    expect(everything(guarded)).not.toMatch(leak)
  })

  test('what is said around a tool', slow, async () => {
    const rules = [
      {
        when: ['book {weekday} {time}'],
        say: [`One moment, ${forbidden}.`],
        tool: { name: 'book_slot', arguments: { weekday: '{{weekday}}', time: '{{time}}' } },
        then_say: [`Booked with ${forbidden}.`],
        else_say: ['Not booked.'],
      },
    ]
    const model = { kind: 'scripted', script: { rules, otherwise: 'No.' } }
    const caller = await VoiceCaller.connect(await open({ model, tools: ['book_slot'] }))
    caller.type('book Tuesday 9:30')
    await caller.turnEnd(1)
    expect(caller.has('llm-function-call-stopped')).toBe(true)
    expect(caller.own('guard').length).toBeGreaterThan(0)
    expect(everything(caller)).not.toMatch(leak)
    caller.lose()
  })

  test('what follows an interruption and a resumed socket', slow, async () => {
    const session = await open({ model: script('This takes a long time to say. It goes on and on and on and on.') })
    const caller = await VoiceCaller.connect(session)
    caller.type('talk')
    await caller.until(() => caller.heardMs > 500, 'speech')
    caller.type(`repeat after me ${forbidden}`)
    await caller.turnEnd(2)
    expect(everything(caller)).not.toMatch(leak)
    const token = String(caller.own('resume')[0]?.['token'])
    caller.lose()
    await pause(300)
    const again = await VoiceCaller.connect({ ...session, token })
    again.type(`repeat after me f.o.u.r tabl3ts of aspirin`)
    await again.turnEnd(1)
    expect(everything(again)).not.toMatch(/tabl3ts|aspirin/i)
    expect(again.words).toContain('Please ask a doctor.')
    expect((await stored(session.id)).replaceAll(/repeat after me[^"]*/g, '')).not.toMatch(/tabl3ts|aspirin/i)
    again.lose()
  })

  test('duration: a warning, then 4408', slow, async () => {
    const session = await open({ limits: { max_session_seconds: 10 } })
    const caller = await VoiceCaller.connect(session)
    await caller.until(() => caller.closed !== undefined, 'the end', 30_000)
    expect(caller.closed?.code).toBe(4408)
    expect(caller.own('limit')).toMatchObject([{ limit: 'duration', seconds_left: 5 }])
    expect((await call('GET', `/v1/sessions/${session.id}`)).body).toMatchObject({
      status: 'completed',
      end_reason: 'expired',
    })
  })

  test('turns: a warning, then 4429', slow, async () => {
    const session = await open({ limits: { max_turns: 4 } })
    const caller = await VoiceCaller.connect(session)
    caller.type('one')
    await caller.turnEnd(1)
    expect(caller.own('limit')).toMatchObject([{ limit: 'turns' }])
    caller.type('two')
    await caller.until(() => caller.closed !== undefined, 'the end')
    expect(caller.closed).toEqual({ code: 4429, reason: 'turn_limit' })
    expect(await caller.turnEnd(2)).toMatchObject({ status: 'complete', session_status: 'completed' })
  })

  test('a rule that ends the conversation lets its line be heard', slow, async () => {
    const zone = { name: 'dosage', phrases: [forbidden], action: 'end', line: 'I have to end this here.' }
    const caller = await VoiceCaller.connect(await open({ policy: { no_go_zones: [zone] } }))
    caller.type(`repeat after me ${forbidden}`)
    await caller.until(() => caller.closed !== undefined, 'the end')
    expect(caller.closed?.code).toBe(1000)
    expect(caller.words).toBe('I have to end this here.')
    expect(caller.heardMs).toBeGreaterThan(700)
  })

  test(
    'an agent that ends the call lets its last words be heard, and one that skips a turn is silent',
    slow,
    async () => {
      const rules = [
        { when: ['one moment'], tool: { name: 'skip_turn' } },
        { when: ['bye'], say: ['Thank you for calling, goodbye.'], tool: { name: 'end_call' } },
      ]
      const model = { kind: 'scripted', script: { rules } }
      const session = await open({ model, tools: ['skip_turn', 'end_call'] })
      const caller = await VoiceCaller.connect(session)
      caller.type('one moment please')
      await caller.turnEnd(1)
      expect([caller.words, caller.heardMs]).toEqual(['', 0])
      caller.type('bye')
      await caller.until(() => caller.closed !== undefined, 'the end')
      expect([caller.closed?.code, caller.words]).toEqual([1000, 'Thank you for calling, goodbye.'])
      expect(caller.heardMs).toBeGreaterThan(700)
      expect((await call('GET', `/v1/sessions/${session.id}`)).body['end_reason']).toBe('ended_by_agent')
    },
  )

  test('nobody who was lost for longer than the window comes back', slow, async () => {
    const session = await open({})
    const caller = await VoiceCaller.connect(session)
    await caller.until(() => caller.own('resume').length > 0, 'the token')
    const token = String(caller.own('resume')[0]?.['token'])
    caller.lose()
    const deadline = performance.now() + 45_000
    let status: unknown
    do {
      await pause(500)
      status = (await call('GET', `/v1/sessions/${session.id}`)).body['end_reason']
    } while (status === null && performance.now() < deadline)
    expect(status).toBe('client_lost')
    expect((await VoiceCaller.connect({ ...session, token })).closed?.code).toBe(4001)
  })
})
