import { LLMock } from '@copilotkit/aimock'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiClient, say, spoken } from './api-client.ts'
import { type RecordingWire, recordingWire } from './recording-wire.ts'
import { makeHome, removeHome, runCommand, type ServerProcess, startProcess } from './server-process.ts'
import { whatIsStored } from './what-is-stored.ts'

const providerKey = 'sk-e2e-4f1c9a72b0d84e55'
const line = 'I cannot talk about that.'
let home: string
let server: ServerProcess
let mock: LLMock
/** The only way to the model that the installation allows. */
let wire: RecordingWire
let call: ReturnType<typeof apiClient>
let agentId: string
const seen: string[] = []

beforeAll(async () => {
  mock = new LLMock({ port: 0, auth: { apiKeys: [providerKey] }, chunkSize: 4 })
  await mock.start()
  wire = await recordingWire(mock.url)
  home = await makeHome()
  const environment = { HYPONEMA_OUTBOUND_ALLOW: wire.url, HYPONEMA_LOG_LEVEL: 'debug' }
  server = await startProcess({ home, environment })
  const demo = await server.demo()
  call = remember(apiClient(server.url, demo.api_key))
  const token = await runCommand(['operator-token', 'create'], { HYPONEMA_HOME: home })
  if (token.code !== 0) throw new Error(token.output)
  const operator = remember(apiClient(server.url, token.output.trim()))
  const credential = await operator('POST', '/v1/credentials', {
    kind: 'model',
    provider: 'aimock',
    label: 'Test',
    secret: providerKey,
  })
  if (credential.status !== 201) throw new Error('the credential was not made')
  agentId = await publish({ credential_id: credential.body['id'] })
})

afterAll(async () => {
  await server.interrupt()
  await wire.close()
  await mock.stop()
  await removeHome(home)
})

/** Keeps every answer, so that a key in one of them is found at the end. */
function remember(client: ReturnType<typeof apiClient>): ReturnType<typeof apiClient> {
  return async (...request) => {
    const answer = await client(...request)
    seen.push(JSON.stringify(answer.body))
    return answer
  }
}

function documentOf(model: Record<string, unknown>) {
  return {
    persona: { prompt: 'You are brief.' },
    model: { kind: 'openai_compatible', provider: 'custom', base_url: `${wire.url}/v1`, model: 'any', ...model },
    tools: ['book_slot'],
    policy: {
      no_go_zones: [{ name: 'secret-plan', phrases: ['project nightfall'], action: 'redirect', scope: 'match', line }],
    },
  }
}

async function publish(model: Record<string, unknown>): Promise<string> {
  const { body, status } = await call('POST', '/v1/agents', { name: 'Provider', document: documentOf(model) })
  expect(status, JSON.stringify(body)).toBe(201)
  expect((await call('POST', `/v1/agents/${String(body['id'])}/publish`, {})).status).toBe(201)
  return String(body['id'])
}

async function ask(text: string, agent = agentId) {
  const { body } = await call('POST', '/v1/sessions', { agent_id: agent, user_id: 'ada' })
  const session = { messagesUrl: String(body['messages_url']), token: String(body['token']) }
  const turn = await say(session, { text })
  seen.push(turn.raw)
  const turns = await call('GET', `/v1/sessions/${String(body['id'])}/turns`)
  return { turn, turns: JSON.stringify(turns.body), names: turn.events.map(({ event }) => event) }
}

describe('an agent on an OpenAI-compatible server of others', () => {
  test('answers token by token with the sealed key on the wire, and never the placeholder', async () => {
    mock.onMessage(/good morning/, { content: 'Good morning to you as well.' })
    const { turn, names } = await ask('good morning')
    expect(spoken(turn)).toBe('Good morning to you as well.')
    expect(names.filter((name) => name === 'token').length).toBeGreaterThan(3)
    expect(names.at(-1)).toBe('turn_end')
    expect(wire.sent()).toMatch(new RegExp(`^authorization: Bearer ${providerKey}\r$`, 'im'))
    expect(wire.sent()).not.toContain('sealed')
  })

  test('is guarded like any other', async () => {
    mock.onMessage(/what is the plan/, { content: 'It is called Pr0ject N i g h t f a l l and nothing else.' })
    const { turn, turns } = await ask('what is the plan')
    expect(spoken(turn)).toContain(line)
    expect(`${turn.raw}${turns}`).not.toMatch(/N i g|nightfall|pr0ject/i)
  })

  test('uses a tool and goes on with its result', async () => {
    const toolCalls = [{ id: 'call_a', name: 'book_slot', arguments: '{"weekday":"Tuesday","time":"9:30"}' }]
    mock.on({ userMessage: /book me in/, sequenceIndex: 0 }, { toolCalls })
    mock.on({ userMessage: /book me in/, sequenceIndex: 1 }, { content: 'You are booked.' })
    const { turn, names } = await ask('book me in')
    expect(names).toEqual(expect.arrayContaining(['tool_call', 'tool_result']))
    expect(turn.raw).toContain('"status":"ok"')
    expect(spoken(turn), turn.raw).toContain('You are booked.')
    expect(JSON.stringify(mock.getRequests().at(-1)?.body)).toContain('reference')
  })

  test('cut in mid-stream: what was cleared stays, the turn is stored as cut, and the next one works', async () => {
    mock.onMessage(
      /tell me a story/,
      { content: 'Once upon a time there was a very long story.' },
      {
        truncateAfterChunks: 8,
        streamingProfile: { ttft: 0, tps: 20 },
      },
    )
    const { turn, turns, names } = await ask('tell me a story')
    expect(spoken(turn)).toMatch(/^Once/)
    expect(names).toContain('error')
    expect(turn.raw).toContain('provider.unavailable')
    expect(turns).toContain('"status":"cut"')
    expect(spoken((await ask('good morning')).turn)).toBe('Good morning to you as well.')
  })

  test('stopped at the token limit: the turn is cut, told as cut and stored back to a word', async () => {
    mock.onMessage(/explain at length/, { content: 'First you take two table', finishReason: 'length' })
    const { turn, turns } = await ask('explain at length')
    expect(turn.events.at(-1)).toMatchObject({ event: 'turn_end', data: { status: 'cut' } })
    expect(turns).toContain('"text":"First you take two "')
    expect(turns).toContain('"status":"cut"')
  })

  test.each([
    ['say nothing', { content: '' }, 'provider.unavailable'],
    ['be filtered', { content: '', finishReason: 'content_filter' }, 'provider.answer_withheld'],
    ['be filtered later', { content: 'It begins', finishReason: 'content_filter' }, 'provider.answer_withheld'],
  ])('asked to %s, nobody is left in silence', async (asked, answer, code) => {
    mock.onMessage(new RegExp(`${asked}$`), answer)
    const { turn, turns } = await ask(asked)
    expect(turn.events.at(-1)).toMatchObject({ event: 'error', data: { code } })
    expect(turns).toContain('"status":"cut"')
  })

  test('slow: the words come as they are said', async () => {
    mock.onMessage(
      /slowly please/,
      { content: 'One two three four five six.' },
      { streamingProfile: { ttft: 400, tps: 10 } },
    )
    const { turn } = await ask('slowly please')
    expect(spoken(turn)).toBe('One two three four five six.')
  })

  test.each([
    [401, 'credential.rejected'],
    [429, 'provider.rate_limited'],
    [500, 'provider.unavailable'],
  ])('a %s becomes %s, and the words of the provider stay inside', async (status, code) => {
    mock.nextRequestError(status, { message: 'inner words of the provider' })
    const { turn, turns } = await ask('anything at all')
    expect(turn.raw, server.output()).toContain(code)
    expect(`${turn.raw}${turns}`).not.toContain('inner words')
  })

  test('without an entry of the installation an agent that aims at a local address is not saved, and nothing is sent there', async () => {
    const draft = JSON.stringify((await call('GET', `/v1/agents/${agentId}`)).body['draft'])
    const credential_id = /crd_[0-9a-z]+/.exec(draft)?.[0]
    const before = mock.getRequests().length
    for (const base_url of [mock.url, mock.url.replace('127.0.0.1', 'localhost'), 'http://127.0.0.1:1']) {
      const answer = await call('POST', '/v1/agents', {
        name: 'Aimed',
        document: documentOf({ credential_id, base_url: `${base_url}/v1` }),
      })
      expect([answer.status, answer.body['code']], base_url).toEqual([422, 'outbound.address_refused'])
    }
    expect(mock.getRequests()).toHaveLength(before)
  })

  test('its key stands in no answer, no event and no line of the log', () => {
    expect(seen.length).toBeGreaterThan(20)
    expect(seen.join('\n')).not.toContain(providerKey)
    expect(server.output()).not.toContain(providerKey)
  })

  test('its key lies in no table and in no file of the database, where what is not sealed does', {
    timeout: 60_000,
  }, async () => {
    const { rows, filesWith } = await whatIsStored(home)
    const sealed = [...rows].filter(([name]) => name.includes('credential'))
    expect(sealed.map(([, text]) => text).join('\n')).toContain('aimock')
    const bytes = Buffer.from(providerKey)
    const spellings = [providerKey, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')]
    for (const [name, text] of rows) {
      for (const spelling of spellings) expect(text.toLowerCase(), name).not.toContain(spelling.toLowerCase())
    }
    expect(await filesWith(Buffer.from('aimock'))).not.toEqual([])
    expect(await filesWith(bytes)).toEqual([])
  })
})
