/** What the agent says while somebody waits is heard while they wait, not together with what they wait for. */
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiClient } from './api-client.ts'
import { openVoiceSession } from './open-voice-session.ts'
import { publishAgent } from './published-agent.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'
import { VoiceCaller } from './voice-caller.ts'

const slow = { timeout: 60_000 }

describe('a voice agent that keeps somebody waiting', () => {
  let home: string
  let server: ServerProcess
  let model: Server
  let baseUrl: string
  let call: ReturnType<typeof apiClient>
  /** What the model answers to the n-th request, counted from 0; undefined: nothing, for as long as it is asked. */
  let answers: readonly (readonly object[] | undefined)[] = []
  let asked = 0

  beforeAll(async () => {
    model = createServer((request, response) => {
      request.resume()
      answer(response, answers[asked])
      asked += 1
    })
    model.listen(0, '127.0.0.1')
    await once(model, 'listening')
    const address = model.address()
    baseUrl = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
    home = await makeHome()
    server = await startProcess({ home, environment: { HYPONEMA_OUTBOUND_ALLOW: baseUrl } })
    call = apiClient(server.url, (await server.demo()).api_key)
  }, 90_000)
  afterAll(async () => {
    await server.kill()
    model.closeAllConnections()
    model.close()
    await removeHome(home)
  })

  const connect = async (document: Readonly<Record<string, unknown>>): Promise<VoiceCaller> => {
    asked = 0
    const agentId = await publishAgent(call, 'Waiter', {
      persona: { prompt: 'A talker.' },
      model: { kind: 'openai_compatible', provider: 'custom', base_url: `${baseUrl}/v1`, model: 'any' },
      voice: {},
      policy: {},
      ...document,
    })
    return VoiceCaller.connect(await openVoiceSession(call, agentId))
  }

  test('says its filler aloud while the model is silent', slow, async () => {
    answers = [undefined]
    const caller = await connect({ voice: { filler: { after_ms: 300, text: 'One moment please.' } } })
    caller.type('hello')
    await caller.until(() => caller.words.includes('One moment'), 'the filler as words')
    await caller.until(() => caller.audio.length > 0, 'the filler as sound', 8000)
    caller.lose()
  })

  test('says aloud what comes before a tool while the tool and the model work', slow, async () => {
    const text = { content: 'Let me look that up for you.' }
    const wish = { index: 0, id: 'c1', type: 'function', function: { name: 'book_slot', arguments: '{}' } }
    answers = [[text, { tool_calls: [wish] }], undefined]
    const caller = await connect({ tools: ['book_slot'] })
    caller.type('book it')
    await caller.until(() => caller.has('llm-function-call-stopped'), 'the tool')
    expect(caller.words).toBe('Let me look that up for you.')
    await caller.until(() => caller.audio.length > 0, 'the words as sound', 8000)
    caller.lose()
  })
})

function answer(response: ServerResponse, deltas: readonly object[] | undefined): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
  if (deltas === undefined) return
  const say = (delta: object, finish_reason: string | null): void => {
    const choices = [{ index: 0, delta, finish_reason }]
    response.write(`data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', model: 'any', choices })}\n\n`)
  }
  for (const delta of deltas) say(delta, null)
  say({}, 'tool_calls')
  response.end('data: [DONE]\n\n')
}
