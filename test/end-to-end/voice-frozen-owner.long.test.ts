/** A process that stood still for longer than its lease is not the owner any more: it says nothing before it has noticed that. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiClient } from './api-client.ts'
import { openVoiceSession } from './open-voice-session.ts'
import { publishAgent } from './published-agent.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'
import { VoiceCaller } from './voice-caller.ts'

const long = 'This is a rather long sentence that takes several seconds to be spoken. '.repeat(6)
/** Longer than a lease lasts (lease-watch.ts). */
const frozenMs = 13_500

describe('the voice of a process that stood still', () => {
  let home: string
  let server: ServerProcess

  beforeAll(async () => {
    home = await makeHome()
    server = await startProcess({ home })
  }, 90_000)
  afterAll(async () => {
    process.kill(server.pid, 'SIGCONT')
    await server.kill()
    await removeHome(home)
  })

  test('sends not one sample after its lease has run out', { timeout: 60_000 }, async () => {
    const call = apiClient(server.url, (await server.demo()).api_key)
    const agentId = await publishAgent(call, 'Sleeper', {
      persona: { prompt: 'A talker.' },
      model: { kind: 'scripted', script: { rules: [], otherwise: long } },
      voice: {},
      policy: {},
    })
    const caller = await VoiceCaller.connect(await openVoiceSession(call, agentId))
    caller.type('talk')
    await caller.until(() => caller.heardMs > 1000, 'speech')
    process.kill(server.pid, 'SIGSTOP')
    // What was under way when it stopped has come by then.
    await pause(500)
    const before = caller.heardMs
    await pause(frozenMs)
    process.kill(server.pid, 'SIGCONT')
    await caller.until(() => caller.closed !== undefined, 'close')
    expect(caller.closed?.reason).toBe('owner_lost')
    expect(caller.heardMs - before).toBe(0)
  })
})
