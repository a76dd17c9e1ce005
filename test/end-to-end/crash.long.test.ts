import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { AgentDocument } from '@hyponema/contract'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { processIdentity } from '../../packages/server/src/platform/postgres/embedded/process-identity.ts'
import { startTestCluster } from '../harness/fresh-database.ts'
import { apiClient, say, spoken } from './api-client.ts'
import { openVoiceSession } from './open-voice-session.ts'
import { openSession, publishAgent } from './published-agent.ts'
import { makeHome, removeHome, runCommand, type ServerProcess, startProcess } from './server-process.ts'
import { VoiceCaller } from './voice-caller.ts'

/** Lease 12 s, poll 1 s, and some air for a busy machine: the goal is 20 s. */
const lostWithinMs = 20_000
// Mostly waiting for leases, so all at once; each clears away what it made, newest first.
const slowTest = { timeout: 120_000 }
const pointerSchema = z.object({ folder: z.string() })

/** Talks slowly and for long, so that there is a middle to be killed in. */
const slowAgent = {
  persona: { prompt: 'A slow talker.', first_message: 'Hello.' },
  model: {
    kind: 'scripted',
    script: {
      rules: [{ when: ['quick'], say: ['Quickly said.'] }],
      otherwise: Array.from({ length: 60 }, (_, index) => `word${index}${index % 6 === 5 ? '.' : ''}`).join(' '),
      token_delay_ms: 30,
    },
  },
  policy: {},
} satisfies Record<keyof Pick<AgentDocument, 'persona' | 'model' | 'policy'>, unknown>

type Call = ReturnType<typeof apiClient>

const publishSlowAgent = (call: Call): Promise<string> => publishAgent(call, 'Slow', slowAgent)

/** A session of an agent that speaks, in which the greeting has been heard. */
async function beGreetedAloud(call: Call, document: Readonly<Record<string, unknown>>) {
  const agentId = await publishAgent(call, 'Speaker', { ...document, voice: {} })
  const session = await openVoiceSession(call, agentId)
  const caller = await VoiceCaller.connect(session)
  await caller.turnEnd(1)
  return { id: session.id, caller }
}

/** Begins an answer and resolves when some of it has come. */
async function beginAnswer(session: { messagesUrl: string; token: string }): Promise<{ end: ReturnType<typeof say> }> {
  let begun: () => void = () => undefined
  const first = new Promise<void>((resolve) => {
    begun = resolve
  })
  const end = say(session, { text: 'tell me' }, (soFar) => {
    if (soFar.split('event: token').length > 5) begun()
  })
  await first
  return { end }
}

const atServer = ({ id }: { id: string }, { url }: ServerProcess): string => `${url}/v1/sessions/${id}/messages`

/** The embedded database's first process, by the file that it keeps in its data folder. */
async function postmasterPid(home: string): Promise<number> {
  const pointer = await readFile(join(home, 'embedded-postgres.json'), 'utf8').catch(() => undefined)
  const base = pointer === undefined ? join(home, 'postgres') : pointerSchema.parse(JSON.parse(pointer)).folder
  return Number((await readFile(join(base, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0])
}

async function waitForEnd(call: Call, id: string): Promise<{ status: unknown; reason: unknown; afterMs: number }> {
  const startedMs = performance.now()
  for (;;) {
    const { body } = await call('GET', `/v1/sessions/${id}`)
    const afterMs = performance.now() - startedMs
    if (body['ended_at'] !== null || afterMs > lostWithinMs + 10_000)
      return { status: body['status'], reason: body['end_reason'], afterMs }
    await pause(200)
  }
}

async function transcript(call: Call, id: string): Promise<readonly string[]> {
  const { body } = await call('GET', `/v1/sessions/${id}/turns`)
  const { data } = body
  return Array.isArray(data) ? data.map((turn: { text: string }) => turn.text) : []
}

describe.concurrent('kill -9 in the middle of an answer', () => {
  test(
    'loses the turn in progress and nothing else; the session is failed with owner_lost',
    slowTest,
    async ({ onTestFinished }) => {
      const home = await makeHome()
      onTestFinished(() => removeHome(home))
      const first = await startProcess({ home })
      onTestFinished(() => first.kill())
      const { api_key: key } = await first.demo()
      const before = apiClient(first.url, key)
      const agentId = await publishSlowAgent(before)
      const finished = await openSession(before, agentId)
      expect(spoken(await say(finished, { text: 'quick' }))).toBe('Quickly said.')
      await before('POST', `/v1/sessions/${finished.id}/end`)
      const session = await openSession(before, agentId)
      await say(session, { start: true })
      await say(session, { text: 'quick' })
      const { end } = await beginAnswer(session)
      await first.kill()
      expect((await end).raw).not.toContain('turn_end')

      const second = await startProcess({ home })
      onTestFinished(async () => {
        await second.interrupt()
      })
      const after = apiClient(second.url, key)
      const ended = await waitForEnd(after, session.id)
      expect(ended).toMatchObject({ status: 'failed', reason: 'owner_lost' })
      expect(ended.afterMs).toBeLessThan(lostWithinMs)
      expect(await transcript(after, session.id)).toEqual(['Hello.', 'quick', 'Quickly said.'])
      expect(await transcript(after, finished.id)).toEqual(['quick', 'Quickly said.'])
      expect((await after('GET', `/v1/sessions/${finished.id}`)).body['status']).toBe('completed')
      const again = await openSession(after, agentId)
      expect(spoken(await say(again, { text: 'quick' }))).toBe('Quickly said.')
    },
  )
})

describe.concurrent('kill -9 in the middle of speech', () => {
  test(
    'keeps what was heard of every finished turn, a cut one included, and loses the turn in progress',
    slowTest,
    async ({ onTestFinished }) => {
      const home = await makeHome()
      onTestFinished(() => removeHome(home))
      const first = await startProcess({ home })
      onTestFinished(() => first.kill())
      const { api_key: key } = await first.demo()
      const before = apiClient(first.url, key)
      const { id, caller } = await beGreetedAloud(before, slowAgent)
      caller.type('tell me')
      await caller.until(() => caller.heardMs > 2500, 'speech')
      caller.type('quick')
      await caller.turnEnd(3)
      const cut = caller.own('turn_end')[1]
      const heardMs = caller.heardMs
      caller.type('tell me more')
      await caller.until(() => caller.heardMs > heardMs + 1000, 'speech')
      await first.kill()
      await caller.until(() => caller.closed !== undefined, 'the end of the socket')

      const second = await startProcess({ home })
      onTestFinished(async () => {
        await second.interrupt()
      })
      const after = apiClient(second.url, key)
      expect(await waitForEnd(after, id)).toMatchObject({ status: 'failed', reason: 'owner_lost' })
      const words = await transcript(after, id)
      expect(words).toEqual(['Hello.', 'tell me', expect.stringMatching(/^word0 word1/), 'quick', 'Quickly said.'])
      expect(words[2]?.length).toBe(cut?.['heard_characters'])
      expect(words[2]).not.toContain('word59')
    },
  )
})

describe.concurrent('Ctrl-C in the middle of an answer', () => {
  test(
    'lets it end, closes the session, takes no new work, and leaves nothing running',
    slowTest,
    async ({ onTestFinished }) => {
      const home = await makeHome()
      onTestFinished(() => removeHome(home))
      const server = await startProcess({ home })
      onTestFinished(() => server.kill())
      const { api_key: key } = await server.demo()
      const call = apiClient(server.url, key)
      const agentId = await publishSlowAgent(call)
      const session = await openSession(call, agentId)
      const waiting = await openSession(call, agentId)
      const database = await postmasterPid(home)
      const { end } = await beginAnswer(session)
      const exit = server.interrupt()
      await vi.waitFor(() => expect(server.output()).toContain('Stopping'), { timeout: 10_000 })
      const refused = await say(waiting, { text: 'quick' })
      expect([refused.status, refused.raw]).toEqual([503, expect.stringContaining('server.draining')])
      const answer = await end
      expect(spoken(answer)).toBe(slowAgent.model.script.otherwise)
      expect(answer.events.at(-1)).toMatchObject({ event: 'turn_end', data: { status: 'complete' } })
      expect(await exit).toBe(0)
      expect(await processIdentity(server.pid)).toBeUndefined()
      expect(await processIdentity(database)).toBeUndefined()

      const again = await startProcess({ home })
      onTestFinished(async () => {
        await again.interrupt()
      })
      const after = apiClient(again.url, key)
      expect((await after('GET', `/v1/sessions/${session.id}`)).body).toMatchObject({
        status: 'completed',
        end_reason: 'server_stopped',
      })
      expect(await transcript(after, session.id)).toEqual(['tell me', slowAgent.model.script.otherwise])
      // Nobody had joined it, so it waits for its first message still.
      expect(spoken(await say({ ...waiting, messagesUrl: atServer(waiting, again) }, { text: 'quick' }))).toBe(
        'Quickly said.',
      )
    },
  )
})

describe.concurrent('two server processes on one database', () => {
  test(
    'one is killed: its sessions are failed within 20 s, and those of the other go on',
    slowTest,
    async ({ onTestFinished }) => {
      const cluster = await startTestCluster()
      onTestFinished(() => cluster.stop())
      const home = await mkdtemp('/tmp/hyponema-e2e-two-')
      onTestFinished(() => rm(home, { recursive: true, force: true }))
      const { host, port, database } = cluster.address
      const adminUrl = `postgres://${cluster.superuser.user}:${cluster.superuser.password}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
      const environment = {
        HYPONEMA_HOME: home,
        DATABASE_URL: `postgres://localhost:${port}/${database}?host=${encodeURIComponent(host)}`,
      }
      const migrated = await runCommand(['migrate', adminUrl], environment)
      expect(migrated.code, migrated.output).toBe(0)
      const a = await startProcess({ home, environment })
      onTestFinished(() => a.kill())
      const b = await startProcess({ home, environment })
      onTestFinished(async () => {
        await b.interrupt()
      })
      const key = await makeKey(environment)
      const agentId = await publishSlowAgent(apiClient(a.url, key))
      const onA = await openSession(apiClient(a.url, key), agentId)
      const onB = await openSession(apiClient(b.url, key), agentId)
      await say(onA, { text: 'quick' })
      await say(onB, { text: 'quick' })
      await elsewhereIsRefused(onA, b)
      const { end } = await beginAnswer(onA)
      await a.kill()
      await end
      const ended = await waitForEnd(apiClient(b.url, key), onA.id)
      expect(ended).toMatchObject({ status: 'failed', reason: 'owner_lost' })
      expect(ended.afterMs).toBeLessThan(lostWithinMs)
      expect(spoken(await say(onB, { text: 'quick' }))).toBe('Quickly said.')
      expect((await apiClient(b.url, key)('GET', `/v1/sessions/${onB.id}`)).body['status']).toBe('in_progress')
    },
  )
})

async function makeKey(environment: Readonly<Record<string, string>>): Promise<string> {
  const workspace = await runCommand(['workspace', 'create', 'Two processes'], environment)
  const key = await runCommand(
    ['api-key', 'create', '--workspace', workspace.output.trim(), '--scopes', 'workspace:write,transcripts:read'],
    environment,
  )
  expect(key.code, key.output).toBe(0)
  return key.output.trim()
}

/** A session has one live owner: its token is good, but the other process says that it is not the one. */
async function elsewhereIsRefused(session: { id: string; token: string }, other: ServerProcess): Promise<void> {
  const turn = await say(
    { messagesUrl: `${other.url}/v1/sessions/${session.id}/messages`, token: session.token },
    { text: 'quick' },
  )
  expect(turn.status).toBe(409)
  expect(turn.raw).toContain('session.owned_elsewhere')
}

describe.concurrent('Ctrl-C in the middle of speech', () => {
  test(
    'lets it be said to its end, answers nothing that is typed meanwhile, and closes with 1001',
    slowTest,
    async ({ onTestFinished }) => {
      const home = await makeHome()
      onTestFinished(() => removeHome(home))
      const server = await startProcess({ home })
      onTestFinished(() => server.kill())
      const { api_key: key } = await server.demo()
      const call = apiClient(server.url, key)
      const { caller } = await beGreetedAloud(call, {
        ...slowAgent,
        model: { kind: 'scripted', script: { rules: [], otherwise: 'This is said to its very end.' } },
      })
      const greetedMs = caller.heardMs
      caller.type('tell me')
      await caller.until(() => caller.heardMs > greetedMs + 300, 'speech')
      const exit = server.interrupt()
      await vi.waitFor(() => expect(server.output()).toContain('Stopping'), { timeout: 10_000 })
      caller.type('quick')
      await caller.until(() => caller.closed !== undefined, 'the end of the socket')
      expect(caller.closed).toEqual({ code: 1001, reason: 'server_stopped' })
      expect(caller.own('turn_end')[1]).toMatchObject({ status: 'complete' })
      expect(caller.words).toBe('Hello.This is said to its very end.')
      expect(caller.messages.filter(({ type }) => type === 'error')).toHaveLength(1)
      expect(await exit).toBe(0)
    },
  )
})
