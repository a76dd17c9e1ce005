/** A voice session whose values the customer's backend has: its first word waits for them, and its traces tell. */
import { pageSchema, turnTraceSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startResolver, type TestResolver } from '../api/start-resolver.ts'
import { apiClient } from './api-client.ts'
import { openVoiceSession } from './open-voice-session.ts'
import { publishAgent } from './published-agent.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'
import { VoiceCaller } from './voice-caller.ts'

describe('the variables of a voice session', () => {
  let home: string
  let server: ServerProcess
  let resolver: TestResolver
  beforeAll(async () => {
    resolver = await startResolver()
    home = await makeHome()
    server = await startProcess({ home, environment: { HYPONEMA_OUTBOUND_ALLOW: new URL(resolver.url).origin } })
  }, 90_000)
  afterAll(async () => {
    await server.kill()
    await resolver.close()
    await removeHome(home)
  })

  const greet = async (timeoutMs: number): Promise<{ words: string; heardMs: number; kinds: readonly string[][] }> => {
    const call = apiClient(server.url, (await server.demo()).api_key)
    const agentId = await publishAgent(call, 'Greeter', {
      persona: { prompt: 'p', first_message: 'Hello {{name}}.' },
      model: { kind: 'scripted', script: { rules: [] } },
      voice: { text_to_speech: { provider: 'flite', voice: 'slt' } },
      dynamic_variables: [{ name: 'name' }],
      variable_resolver: { url: resolver.url, timeout_ms: timeoutMs },
      policy: {},
    })
    const session = await openVoiceSession(call, agentId)
    const caller = await VoiceCaller.connect(session)
    await caller.turnEnd(1)
    const { words, heardMs } = caller
    caller.tell('disconnect-bot', {})
    await caller.until(() => caller.closed !== undefined, 'close')
    const { data } = pageSchema(turnTraceSchema).parse((await call('GET', `/v1/sessions/${session.id}/traces`)).body)
    return { words, heardMs, kinds: data.flatMap(({ spans }) => spans.map(({ kind, status }) => [kind, status])) }
  }

  test('are spoken when they came, and the greeting has its trace', { timeout: 60_000 }, async () => {
    resolver.answerWith((_request, response) => {
      setTimeout(() => response.end('{"variables":{"name":"Ada"}}'), 200)
    })
    const { words, heardMs, kinds } = await greet(5000)
    expect(words.trim()).toBe('Hello Ada.')
    expect(heardMs).toBeGreaterThan(300)
    expect(kinds).toEqual([
      ['turn', 'ok'],
      ['variables', 'ok'],
      ['gate', 'ok'],
      ['policy', 'ok'],
    ])
  })

  test('are waited for no longer than the agent says', { timeout: 60_000 }, async () => {
    resolver.answerWith(() => undefined)
    const { words, kinds } = await greet(300)
    expect(words.trim()).toContain('Hello')
    expect(words).not.toContain('Ada')
    expect(kinds.slice(0, 2)).toEqual([
      ['turn', 'ok'],
      ['variables', 'failed'],
    ])
  })
})
