/** A conversation with a planted text, and everything that can be read of it afterwards. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { escalationSchema, pageSchema, type Uuid } from '@hyponema/contract'
import type { OfficialServer } from '../../packages/server/src/platform/mcp/test-harness/official-server.ts'
import { providerDocument, zone } from './agent-documents.ts'
import { type Api, allScopes, newId } from './api-harness.ts'
import { requestOf } from './call-api.ts'
import type { FakeModelDoor, FakeReply } from './fake-model-door.ts'
import type { LiveDesk } from './live-desk.ts'
import { createdSession, type MadeSession, publishedAgent } from './made-things.ts'
import { readRoutes } from './read-routes.ts'
import { tablesThatHold } from './tables-that-hold.ts'
import type { WebhookWorker } from './webhook-worker.ts'

const phrase = 'thicket potion'
const mail = 'grace.quagmire@example.com'
/** What no exit may show. */
export const marks = ['thicket', 'quagmire']
export const planted = `Take the ${phrase} and write to ${mail} now.`

type Document = Parameters<typeof providerDocument>[0]

/** Where configuration lies that may say anything, and the search words of documents: who wrote them may read them. */
const configuration = ['agents', 'agent_versions', 'knowledge_index', 'policy_texts', 'tool_pins']

export type PlantedWorld = {
  readonly api: Api
  readonly model: FakeModelDoor
  readonly worker: WebhookWorker
  readonly desk: LiveDesk
  readonly tools: { readonly origin: string; readonly answerWith: (answer: ToolAnswer | undefined) => void }
  readonly mcp: OfficialServer
  /** The next request of the model, once it has come; a test that fails leaves it to the next one. */
  readonly nextRequest: () => Promise<FakeReply>
  /** In place of what the model answers to the next request: this status and body. */
  readonly failModel: (answer: { readonly status: number; readonly body: string }) => void
}

export type ToolAnswer = { readonly status: number; readonly body: string; readonly delayMs?: number }

/** What the model does when it is asked. */
export type ModelAct = (reply: FakeReply) => void

export function saying(...pieces: readonly string[]): ModelAct {
  return (reply) => {
    for (const piece of pieces) reply.say(piece)
    reply.finish()
  }
}

export function wishing(tool: string, args: object | string): ModelAct {
  return (reply) => {
    reply.wishTool(tool, typeof args === 'string' ? args : JSON.stringify(args))
    reply.finish()
  }
}

export const plantedZone = zone({
  name: 'potion',
  label: 'potions',
  phrases: [phrase],
  stages: ['output', 'tool_call'],
})

export const plantedPolicy = (change: NonNullable<Document>['policy'] = {}) => ({
  no_go_zones: [plantedZone],
  pii: {
    kinds: { email: { to_model: 'mask', to_speech: 'mask', to_transcript: 'mask', to_logs: 'drop' } as const },
    floor: false,
  },
  ...change,
})

export class PlantedTalk {
  readonly world: PlantedWorld
  readonly session: MadeSession
  /** What the client got, as it came. */
  readonly heard: string[] = []
  readonly #firstRequest: number
  readonly #firstLog: number
  readonly #firstFrame: number
  readonly #hookPath: string

  private constructor(world: PlantedWorld, session: MadeSession, hookPath: string) {
    this.world = world
    this.session = session
    this.#hookPath = hookPath
    this.#firstRequest = world.model.requests.length
    this.#firstLog = world.api.logged.length
    this.#firstFrame = world.desk.frames.length
  }

  static async begin(world: PlantedWorld, change: Document = {}, session: object = {}): Promise<PlantedTalk> {
    const { path } = await world.worker.plant(world.api.a.scope)
    const document = providerDocument({ persona: { prompt: 'p' }, tools: [], policy: plantedPolicy(), ...change })
    const agent = await publishedAgent(world.api.a, document)
    const made = await createdSession(world.api.a, agent, { user_id: newId(), ...session })
    return new PlantedTalk(world, made, path)
  }

  /** Sends a message and has the model act so, one act for each time that it is asked. */
  async say(body: object | string, ...acts: readonly ModelAct[]): Promise<string> {
    const { api, nextRequest } = this.world
    const path = `/v1/sessions/${this.session.id}/messages`
    const message = typeof body === 'string' ? { text: body } : body
    const response = api.app.request(path, requestOf('POST', { body: message, credential: this.session.token }), {})
    const answer = Promise.resolve(response).then((one) => one.text())
    for (const act of acts) act(await Promise.race([nextRequest(), failAfter(answer)]))
    const raw = await answer
    this.heard.push(raw)
    return raw
  }

  /** The escalation of this session, claimed by an operator who writes. */
  async takenOver(words: string): Promise<void> {
    const { api } = this.world
    const credential = await api.a.makeOperatorToken('reviewer')
    const list = await api.a.call('GET', '/v1/escalations?limit=200', { credential })
    const found = pageSchema(escalationSchema)
      .parse(list.body)
      .data.find(({ session_id: id }) => id === this.session.id)
    if (found === undefined) throw new Error('nobody was called')
    for (const [verb, body] of [
      ['claim', {}],
      ['messages', { text: words }],
      ['return', {}],
    ] as const) {
      const done = await api.a.call('POST', `/v1/escalations/${found.id}/${verb}`, { credential, body })
      if (done.status >= 300) throw new Error(done.text)
      await this.signal()
      if (verb === 'claim') this.world.desk.send({ type: 'watch', escalation_id: found.id })
      if (verb === 'claim') await this.world.desk.until(() => this.world.desk.last('talk')?.escalation_id === found.id)
    }
  }

  async signal(): Promise<void> {
    const { api } = this.world
    const rows = await api.ask<{ id: Uuid; workspace_id: Uuid }>(
      'select id, workspace_id from tenant.signals where ref = $1 order by id',
      [this.session.uuid],
    )
    for (const { id, workspace_id: workspaceId } of rows) {
      await api.host.onSignal({ workspaceId, signalId: id })
      await api.operators.onSignal({ workspaceId, signalId: id })
    }
  }

  /** Which exits show a mark, each with which. */
  async leaks(): Promise<readonly string[]> {
    const exits = await this.#exits()
    const found: string[] = []
    for (const [name, text] of Object.entries(exits))
      for (const mark of marks) if (text.toLowerCase().includes(mark)) found.push(`${name}: ${mark}`)
    for (const mark of marks) {
      const tables = await tablesThatHold(this.world.api, mark)
      found.push(...tables.filter((name) => !configuration.includes(name)).map((name) => `rows of ${name}: ${mark}`))
    }
    return found.toSorted()
  }

  async #exits(): Promise<Readonly<Record<string, string>>> {
    const { api, model, worker, desk } = this.world
    await this.signal()
    await worker.deliver()
    const files: string[] = []
    for (const entry of await readdir(api.objectsFolder, { recursive: true, withFileTypes: true }).catch(() => []))
      if (entry.isFile()) files.push((await readFile(join(entry.parentPath, entry.name))).toString('latin1'))
    return {
      client: this.heard.join('\n'),
      model: model.requests.slice(this.#firstRequest).join('\n'),
      logs: api.logged.slice(this.#firstLog).join('\n'),
      desk: JSON.stringify(desk.frames.slice(this.#firstFrame)),
      webhooks: worker.receiver
        .at(this.#hookPath)
        .map(({ body }) => body.toString())
        .join('\n'),
      objects: files.join('\n'),
      ...(await this.#routes()),
    }
  }

  /** Every GET route about sessions, escalations or the workspace, by a key without `decisions:read`. */
  async #routes(): Promise<Readonly<Record<string, string>>> {
    const { api } = this.world
    const credential = await api.a.makeKey(allScopes.filter((scope) => scope !== 'decisions:read'))
    const shown: Record<string, string> = {}
    for (const { method, path } of await readRoutes(api)) {
      const isConfiguration = path.startsWith('/v1/agents') || path.startsWith('/v1/knowledge')
      if (method !== 'GET' || isConfiguration || path.endsWith('/events')) continue
      const whole = path.startsWith('/v1/sessions/{id}') ? path.replace('{id}', this.session.id) : path
      if (whole.includes('{')) continue
      const answer = await api.a.call('GET', whole, { credential })
      shown[`GET ${path}`] = answer.text
    }
    return shown
  }
}

/** An answer that ended before the model was asked as often as the test thought. */
async function failAfter(answer: Promise<string>): Promise<never> {
  const raw = await answer
  throw new Error(`the model was not asked: ${raw}`)
}
