/** Words that the gate still held when a turn was cut belong to no later line of the agent's own. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiClient } from './api-client.ts'
import { openVoiceSession } from './open-voice-session.ts'
import { publishAgent } from './published-agent.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'
import { VoiceCaller } from './voice-caller.ts'

const slow = { timeout: 60_000 }

describe.concurrent('a line of the agent', () => {
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

  const open = async (document: Readonly<Record<string, unknown>>) => {
    const agentId = await publishAgent(call, 'Talker', { persona: { prompt: 'A talker.' }, ...document })
    return openVoiceSession(call, agentId)
  }

  test('says nothing that was left of a turn before it', slow, async () => {
    const session = await open({
      // Each token takes 0.9 s; "four" is held because a forbidden phrase begins with it.
      model: {
        kind: 'scripted',
        script: { rules: [], otherwise: 'Take four tablets of asparagus a day.', token_delay_ms: 900 },
      },
      voice: { idle: { after_seconds: 5, prompt: 'Are you there?', max_prompts: 1 } },
      policy: {
        no_go_zones: [
          { name: 'dosage', phrases: ['four tablets of aspirin'], action: 'redirect', line: 'Please ask a doctor.' },
        ],
      },
    })
    const caller = await VoiceCaller.connect(session)
    caller.type('hello')
    await caller.until(() => caller.words.includes('Take'), 'the first word')
    await pause(2000)
    const token = String(caller.own('resume')[0]?.['token'])
    caller.lose()
    await pause(300)
    const again = await VoiceCaller.connect({ ...session, token })
    await again.turnEnd(1)
    expect(again.words).toBe('Are you there?')
    again.lose()
  })

  test('that says goodbye does not end a conversation in which the person speaks up', slow, async () => {
    const goodbye = 'I will now end our conversation because I have not heard anything from you. Goodbye then.'
    const session = await open({
      model: { kind: 'scripted', script: { rules: [], otherwise: 'Welcome back.' } },
      voice: { idle: { after_seconds: 5, max_prompts: 0, goodbye } },
      policy: {},
    })
    const caller = await VoiceCaller.connect(session)
    await caller.until(() => caller.heardMs > 500, 'the goodbye')
    caller.type('Wait, I am here.')
    await caller.until(() => caller.closed !== undefined || caller.own('turn_end').length >= 2, 'an answer')
    expect(caller.closed).toBeUndefined()
    expect(caller.words).toContain('Welcome back.')
    caller.lose()
  })
})
