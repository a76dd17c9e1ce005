/** A real server with an agent that speaks, and sessions of it as a customer's backend would open them. */
import { z } from 'zod'
import { apiClient } from '../end-to-end/api-client.ts'
import { publishAgent } from '../end-to-end/published-agent.ts'
import { sealCredential } from '../end-to-end/seal-credential.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from '../end-to-end/server-process.ts'

export const greeting = 'Hello there.'
export const guardLine = 'Please ask a doctor.'
export const forbidden = 'take four tablets of aspirin'
export const question = 'When are you open on Monday?'
export const answer = 'We open at eight in the morning.'
export const longAnswer =
  'This is the beginning of a very long answer. It goes on and on. And it has not ended yet. There is more to come. And still more.'

const document = {
  persona: { prompt: 'A talker.', first_message: greeting },
  model: {
    kind: 'scripted',
    script: {
      rules: [
        { when: ['repeat after me *'], say: ['{{rest}}'] },
        { when: ['long'], say: [longAnswer] },
        { when: ['quick'], say: ['Quickly said.'] },
        { when: ['open'], say: [answer] },
      ],
      otherwise: 'I did not get that.',
    },
  },
  policy: { no_go_zones: [{ name: 'dosage', phrases: [forbidden], action: 'redirect', line: guardLine }] },
}

const sessionSchema = z.object({ id: z.string(), token: z.string(), ws_url: z.string(), signed_url: z.string() })
const stateSchema = z.object({ status: z.string(), end_reason: z.string().nullable() })
const turnsSchema = z.object({ data: z.array(z.object({ role: z.string(), text: z.string(), status: z.string() })) })

export type TalkingSession = {
  readonly id: string
  readonly token: string
  readonly wsUrl: string
  readonly signedUrl: string
}

export type TalkingServer = {
  readonly url: string
  readonly open: (fields?: Readonly<Record<string, unknown>>) => Promise<TalkingSession>
  readonly state: (id: string) => Promise<z.infer<typeof stateSchema>>
  readonly turns: (id: string) => Promise<z.infer<typeof turnsSchema>['data']>
  /** By the customer's backend. */
  readonly end: (id: string) => Promise<void>
  /** All that the server has written to its terminal and log. */
  readonly output: () => string
  /** Ctrl-C. */
  readonly stop: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Of a loopback server that speaks Deepgram's protocol. */
export type Ears = { readonly url: string; readonly allowEntry: string; readonly key: string }

export async function startTalkingServer(options: {
  ears?: Ears
  origins?: readonly string[]
}): Promise<TalkingServer> {
  const { ears, origins = [] } = options
  const home = await makeHome()
  const server = await startProcess({
    home,
    environment: ears === undefined ? {} : { HYPONEMA_OUTBOUND_ALLOW: ears.allowEntry },
  })
  const call = apiClient(server.url, (await server.demo()).api_key)
  const agentId = await publishAgent(call, 'Talker', {
    ...document,
    allowed_origins: origins,
    voice: ears === undefined ? {} : { speech_to_text: await hearingOf(server, ears) },
  })
  return {
    url: server.url,
    open: async (fields = {}) => {
      const body = { agent_id: agentId, user_id: 'ada', modality: 'voice+text', ...fields }
      const made = sessionSchema.parse((await call('POST', '/v1/sessions', body)).body)
      return { id: made.id, token: made.token, wsUrl: made.ws_url, signedUrl: made.signed_url }
    },
    state: async (id) => stateSchema.parse((await call('GET', `/v1/sessions/${id}`)).body),
    turns: async (id) => turnsSchema.parse((await call('GET', `/v1/sessions/${id}/turns`)).body).data,
    end: async (id) => {
      await call('POST', `/v1/sessions/${id}/end`)
    },
    output: server.output,
    stop: async () => {
      await server.interrupt()
    },
    close: async () => {
      await server.kill()
      await removeHome(home)
    },
  }
}

async function hearingOf(server: ServerProcess, ears: Ears): Promise<Readonly<Record<string, unknown>>> {
  const credential = await sealCredential(server, { kind: 'speech', provider: 'deepgram', secret: ears.key })
  return { provider: 'deepgram', base_url: ears.url, credential_id: credential }
}
