import { z } from 'zod'
import { forbiddenWords, redirectLine } from './answers.ts'

type Call = (method: string, path: string, body?: unknown) => Promise<unknown>

const idSchema = z.object({ id: z.string() })
const sessionSchema = z.object({ id: z.string(), token: z.string(), ws_url: z.string() })
const turnsSchema = z.object({ data: z.array(z.object({ role: z.string(), text: z.string() })) })

/** Of the agents: whether they listen, and how long they speak for each character. */
export const agentKinds = { quick: 1, steady: 24, typed: 1, judged: 24, unjudged: 24 } as const
export type AgentKind = keyof typeof agentKinds
const everyKind = ['quick', 'steady', 'typed', 'judged', 'unjudged'] as const satisfies readonly AgentKind[]
/** The others are written to, and speak. */
const listens = (kind: AgentKind): boolean => kind === 'quick' || kind === 'steady'

/** The workspace of the bench: one agent for each kind, and their sessions. */
export class VoiceAgents {
  readonly #call: Call
  readonly #ids: ReadonlyMap<AgentKind, string>

  private constructor(call: Call, ids: ReadonlyMap<AgentKind, string>) {
    this.#call = call
    this.#ids = ids
  }

  static async publish(server: {
    url: string
    apiKey: string
    operatorToken: string
    providersPort: number
  }): Promise<VoiceAgents> {
    const { url, apiKey, operatorToken, providersPort } = server
    const call = caller(url, apiKey)
    const credential = async (kind: string, provider: string): Promise<string> => {
      const secret = { kind, provider, label: `${kind} of the bench`, secret: `bench-${kind}-0123456789` }
      return idSchema.parse(await caller(url, operatorToken)('POST', '/v1/credentials', secret)).id
    }
    const keys = {
      speech: await credential('speech', 'deepgram'),
      voice: await credential('voice', 'elevenlabs'),
      model: await credential('model', 'custom'),
    }
    const ids = new Map<AgentKind, string>()
    for (const kind of everyKind) {
      const document = agentDocument(kind, `http://127.0.0.1:${providersPort}`, keys)
      const { id } = idSchema.parse(await call('POST', '/v1/agents', { name: `Bench ${kind}`, document }))
      await call('POST', `/v1/agents/${id}/publish`, {})
      ids.set(kind, id)
    }
    return new VoiceAgents(call, ids)
  }

  /** The same agents, after the server was started again. */
  servedBy({ url, apiKey }: { url: string; apiKey: string }): VoiceAgents {
    return new VoiceAgents(caller(url, apiKey), this.#ids)
  }

  async createSession(kind: AgentKind): Promise<{ id: string; wsUrl: string; token: string }> {
    const body = {
      agent_id: this.#ids.get(kind),
      user_id: 'bench',
      modality: listens(kind) ? 'voice' : 'voice+text',
    }
    const { id, token, ws_url: wsUrl } = sessionSchema.parse(await this.#call('POST', '/v1/sessions', body))
    return { id, wsUrl, token }
  }

  /** What the agent has said, as it is kept. */
  async transcript(sessionId: string): Promise<string> {
    const { data } = turnsSchema.parse(await this.#call('GET', `/v1/sessions/${sessionId}/turns`))
    return data.flatMap(({ role, text }) => (role === 'user' ? [] : [text])).join('\n')
  }
}

function agentDocument(kind: AgentKind, origin: string, keys: { speech: string; voice: string; model: string }) {
  const speechToText = { provider: 'deepgram', base_url: origin, credential_id: keys.speech }
  return {
    persona: { prompt: 'You answer questions about the opening hours of a shop.' },
    model: {
      kind: 'openai_compatible',
      provider: 'custom',
      base_url: `${origin}/v1`,
      model: 'bench',
      credential_id: keys.model,
    },
    voice: {
      ...(listens(kind) ? { speech_to_text: speechToText } : {}),
      text_to_speech: {
        provider: 'elevenlabs',
        base_url: origin,
        voice_id: `tone${agentKinds[kind]}`,
        credential_id: keys.voice,
      },
      idle: { after_seconds: 300 },
    },
    policy: kind === 'unjudged' ? {} : policy,
    limits: { max_turns: 500, max_tokens: 100_000_000 },
  }
}

const policy = {
  no_go_zones: [
    {
      name: 'dosage',
      phrases: [forbiddenWords, ...otherPhrases()],
      action: 'redirect',
      line: redirectLine,
      scope: 'sentence',
    },
  ],
}

/** So that the gate has something to look for: what it costs grows with its phrases. */
function otherPhrases(): readonly string[] {
  return Array.from({ length: 200 }, (_, index) => `never say phrase number ${index}`)
}

function caller(url: string, credential: string): Call {
  return async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${credential}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    const parsed: unknown = text === '' ? {} : JSON.parse(text)
    return parsed
  }
}
