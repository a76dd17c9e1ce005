import { LLMock } from '@copilotkit/aimock'
import { type ModelProvider, needsProviderKey, parseUuid, type Uuid } from '@hyponema/contract'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { makePromptMarks } from '../../packages/server/src/conversation/make-prompt-marks.ts'
import { makePromptSegment } from '../../packages/server/src/conversation/prompt-segment.ts'
import { createOpenAiCompatibleModel } from '../../packages/server/src/conversation/providers/openai-compatible.ts'
import { systemRandomBytes } from '../../packages/server/src/platform/crypto/random-bytes.ts'
import { parseAllowEntry } from '../../packages/server/src/platform/outbound/allow-entry.ts'
import type { LentSecret } from '../../packages/server/src/platform/outbound/lend-secret.ts'
import { createOutboundDoor, type OutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { conformanceKey, describeModelConformance, type OpenedModel } from './describe-model-conformance.ts'
import { type ModelSituation, modelSituations } from './model-situations.ts'
import { startModelServer } from './start-model-server.ts'

const workspaceId = uuid('0190b5a0-0000-7000-8000-000000000001')
const credential: LentSecret = { unseal: async () => undefined, use: (work) => work(Buffer.from(conformanceKey)) }
const marks = makePromptMarks(systemRandomBytes)
const deadlines = { firstTokenMs: 150, betweenTokensMs: 150, totalMs: 1000 }

describeModelConformance({
  name: 'an OpenAI-compatible server of our own',
  key: conformanceKey,
  hidesKeys: false,
  situations: new Set(modelSituations),
  open: async (situation): Promise<OpenedModel> => {
    const server = await startModelServer(situation)
    const door = openDoor(server.url)
    return {
      // The endless and huge answers take as long as the machine needs for them; their bounds are bytes, not time.
      model: createModel(
        door,
        server.url,
        situation.includes('huge') || situation.includes('endless') ? {} : deadlines,
      ),
      received: () => server.received,
      hungUp: server.hungUp,
      close: async () => {
        await door.close()
        await server.close()
      },
    }
  },
})

describeModelConformance({
  name: '@copilotkit/aimock as an OpenAI-compatible server',
  key: conformanceKey,
  hidesKeys: true,
  situations: new Set<ModelSituation>([
    'answers',
    'wishes_tools',
    'is_cut_off',
    'stops_at_the_limit',
    'is_filtered',
    'says_nothing',
    'refuses_the_key',
    'limits_the_rate',
    'has_no_quota',
    'refuses_the_request',
    'breaks',
    'sends_invalid_json',
    'never_answers',
    'never_speaks',
  ]),
  open: openMock,
})

async function openMock(situation: ModelSituation): Promise<OpenedModel> {
  const mock = new LLMock({
    port: 0,
    auth: { apiKeys: [situation === 'refuses_the_key' ? 'sk-of-somebody-else' : conformanceKey] },
    chunkSize: situation === 'is_cut_off' || situation === 'never_speaks' ? 5 : 100,
  })
  prepare(mock, situation)
  await mock.start()
  const url = `${mock.url}/v1`
  const door = openDoor(url)
  return {
    model: createModel(door, url, deadlines),
    received: () => mock.getRequests().map((entry) => JSON.stringify([entry.headers, entry.body])),
    close: async () => {
      await door.close()
      await mock.stop()
    },
  }
}

function prepare(mock: LLMock, situation: ModelSituation): void {
  switch (situation) {
    case 'wishes_tools':
      mock.onMessage(/./, {
        content: 'One moment.',
        toolCalls: [
          { id: 'call_a', name: 'book_slot', arguments: '{"day":"Tuesday"}' },
          { id: 'call_b', name: 'look_up', arguments: '{}' },
        ],
      })
      return
    case 'is_cut_off':
      mock.onMessage(/./, { content: 'Hello there.' }, { truncateAfterChunks: 3 })
      return
    case 'stops_at_the_limit':
      mock.onMessage(/./, { content: 'Hello the', finishReason: 'length' })
      return
    case 'is_filtered':
      mock.onMessage(/./, { content: 'Hello', finishReason: 'content_filter' })
      return
    case 'says_nothing':
      mock.onMessage(/./, { content: '' })
      return
    case 'limits_the_rate':
      mock.onMessage(/./, { content: 'Hello there.' })
      mock.setChaos({ rateLimitRate: 1 })
      return
    case 'has_no_quota':
      mock.nextRequestError(429, {
        message: 'You exceeded your current quota',
        type: 'insufficient_quota',
        code: 'insufficient_quota',
      })
      return
    case 'refuses_the_request':
      mock.nextRequestError(400, { message: 'Unknown model', code: 'model_not_found' })
      return
    case 'breaks':
      mock.onMessage(/./, { content: 'Hello there.' })
      mock.setChaos({ dropRate: 1 })
      return
    case 'sends_invalid_json':
      mock.onMessage(/./, { content: 'Hello there.' })
      mock.setChaos({ malformedRate: 1 })
      return
    case 'never_answers':
      mock.onMessage(/./, { content: 'Hello there.' })
      mock.setChaos({ latencyMs: 5000 })
      return
    case 'never_speaks':
      mock.onMessage(/./, { content: 'Hello there.' }, { streamingProfile: { ttft: 0, tps: 0.5 } })
      return
    default:
      mock.onMessage(/./, { content: 'Hello there.' })
  }
}

describe('an OpenAI-compatible model', () => {
  const environmentKeys = [
    'OPENAI',
    'GROQ',
    'MISTRAL',
    'OPENROUTER',
    'TOGETHER',
    'TOGETHER_AI',
    'OLLAMA',
    'VLLM',
    'CUSTOM',
    'ANTHROPIC',
  ]

  it.each(providers())('takes no key, address or account of the environment for %s', async (provider) => {
    const server = await startModelServer('answers')
    onTestFinished(() => server.close())
    const door = openDoor(server.url)
    onTestFinished(() => door.close())
    for (const name of environmentKeys) {
      vi.stubEnv(`${name}_API_KEY`, 'sk-planted-in-the-environment')
      vi.stubEnv(`${name}_BASE_URL`, 'http://127.0.0.1:1/planted')
      vi.stubEnv(`${name}_ORG_ID`, 'org-planted')
      vi.stubEnv(`${name}_PROJECT_ID`, 'planted')
    }
    onTestFinished(() => {
      vi.unstubAllEnvs()
    })
    await drain(
      createOpenAiCompatibleModel({
        door,
        workspaceId,
        onlyHosts: null,
        marks,
        provider,
        baseUrl: server.url,
        model: 'm',
        credential,
      }),
    )
    expect(server.received).toHaveLength(1)
    expect(server.received[0]).toContain(`Bearer ${conformanceKey}`)
    expect(server.received[0]).not.toMatch(/sealed|planted/i)
    if (!needsProviderKey(provider)) {
      await drain(
        createOpenAiCompatibleModel({
          door,
          workspaceId,
          onlyHosts: null,
          marks,
          provider,
          baseUrl: server.url,
          model: 'm',
        }),
      )
      expect(server.received[1]).not.toMatch(/authorization|sealed|planted/i)
    }
  })

  it.each(providers().filter(needsProviderKey))('sends nothing to %s without a key', (provider) => {
    const door = openDoor('http://127.0.0.1:9/v1')
    onTestFinished(() => door.close())
    expect(() =>
      createOpenAiCompatibleModel({ door, workspaceId, onlyHosts: null, marks, provider, model: 'm' }),
    ).toThrow(expect.objectContaining({ code: 'credential.missing' }))
  })

  it('without a key calls only what the installation opened', async () => {
    const door = openDoor('http://127.0.0.1:9/v1')
    onTestFinished(() => door.close())
    const model = createOpenAiCompatibleModel({
      door,
      workspaceId,
      onlyHosts: null,
      marks,
      provider: 'custom',
      baseUrl: 'https://93.184.215.14/v1',
      model: 'm',
    })
    await expect(drain(model)).rejects.toMatchObject({ code: 'outbound.address_refused' })
  })

  it('does not reach a private address that nobody opened', async () => {
    const door = openDoor('http://127.0.0.1:9/v1')
    onTestFinished(() => door.close())
    const model = createOpenAiCompatibleModel({
      door,
      workspaceId,
      onlyHosts: null,
      marks,
      provider: 'custom',
      baseUrl: 'https://10.0.0.1/v1',
      model: 'm',
      credential,
    })
    await expect(drain(model)).rejects.toMatchObject({ code: 'outbound.address_refused' })
  })

  it.each(['https://api.example/v1?x=', 'https://api.example/v1#', 'nonsense', undefined])(
    'refuses the base URL %s',
    (baseUrl) => {
      const door = openDoor('http://127.0.0.1:9/v1')
      onTestFinished(() => door.close())
      expect(() =>
        createOpenAiCompatibleModel({
          door,
          workspaceId,
          onlyHosts: null,
          marks,
          provider: 'custom',
          model: 'm',
          credential,
          ...(baseUrl === undefined ? {} : { baseUrl }),
        }),
      ).toThrow(expect.objectContaining({ code: 'provider.bad_request' }))
    },
  )

  it('writes segments, tools, temperature and the limit as the protocol says', async () => {
    const server = await startModelServer('answers')
    onTestFinished(() => server.close())
    const door = openDoor(server.url)
    onTestFinished(() => door.close())
    const model = createOpenAiCompatibleModel({
      door,
      workspaceId,
      onlyHosts: null,
      marks,
      provider: 'openai',
      baseUrl: server.url,
      model: 'gpt-x',
      credential,
    })
    await drain(model)
    const body: unknown = JSON.parse(server.received[0]?.split('\n').at(-1) ?? '')
    expect(body).toMatchObject({
      model: 'gpt-x',
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 32,
      temperature: 0.3,
      messages: [
        { role: 'system', content: expect.stringContaining('Be kind.') },
        { role: 'user', content: 'Book me in.' },
        {
          role: 'assistant',
          tool_calls: [{ id: 'call_1', function: { name: 'book_slot', arguments: '{"day":"Tuesday"}' } }],
        },
        {
          role: 'tool',
          tool_call_id: 'call_1',
          content: expect.stringMatching(/^<data [0-9a-f]{16} source="tool:book_slot" trust="tool">\nbooked\n/),
        },
      ],
    })
  })
})

function providers(): readonly ModelProvider[] {
  return ['openai', 'groq', 'mistral', 'openrouter', 'together', 'ollama', 'vllm', 'custom']
}

function openDoor(url: string): OutboundDoor {
  return createOutboundDoor({
    allow: [parseAllowEntry(new URL(url).origin)],
    ownNames: [],
    ownAddresses: [],
    refusalStepMs: 1,
  })
}

function createModel(door: OutboundDoor, baseUrl: string, limits: Partial<typeof deadlines>) {
  return createOpenAiCompatibleModel({
    door,
    workspaceId,
    onlyHosts: null,
    marks,
    provider: 'custom',
    baseUrl,
    model: 'fake',
    credential,
    deadlines: limits,
  })
}

async function drain(model: ReturnType<typeof createOpenAiCompatibleModel>): Promise<void> {
  const stream = model.stream({
    prompt: [
      { kind: 'instruction', segment: makePromptSegment({ text: 'Be kind.', source: 'persona', trust: 'operator' }) },
      { kind: 'user_message', segment: makePromptSegment({ text: 'Book me in.', source: 'message', trust: 'user' }) },
      {
        kind: 'reply',
        segment: makePromptSegment({ text: '', source: 'reply', trust: 'tool' }),
        toolCalls: [{ callId: 'call_1', name: 'book_slot', argumentsJson: '{"day":"Tuesday"}' }],
      },
      {
        kind: 'tool_result',
        callId: 'call_1',
        toolName: 'book_slot',
        segment: makePromptSegment({ text: 'booked', source: 'tool:book_slot', trust: 'tool' }),
      },
    ],
    tools: [],
    maxOutputTokens: 32,
    temperature: 0.3,
    signal: new AbortController().signal,
  })
  for await (const event of stream) expect(event.type).not.toBe('tool_call')
}

function uuid(text: string): Uuid {
  const parsed = parseUuid(text)
  if (parsed === undefined) throw new Error('not a UUID')
  return parsed
}
