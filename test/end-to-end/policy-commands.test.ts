/** The commands of the host for policies, beside a server process that runs and holds talks. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeId, pageSchema, storedDecisionSchema, turnSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { floorsCommand } from '../../packages/server/src/commands/floors-command.ts'
import { policyCommand } from '../../packages/server/src/commands/policy-command.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { StartupRefusal } from '../../packages/server/src/kernel/startup-refusal.ts'
import { zone as apiZone, scriptedDocument } from '../api/agent-documents.ts'
import { newId } from '../isolation/scratch-database.ts'
import { apiClient, say, spoken } from './api-client.ts'
import { type OpenSession, openSession, publishAgent } from './published-agent.ts'
import { makeHome, removeHome, runCommand, type ServerProcess, startProcess } from './server-process.ts'

const zone = (phrase: string, name = 'dosage') =>
  `no_go_zones:\n  - { name: ${name}, phrases: [${phrase}], action: redirect, line: Ask a doctor. }\n`
const document = scriptedDocument({ policy: { no_go_zones: [apiZone({ line: 'Ask a doctor.' })] } })

describe('the commands for policies', { timeout: 120_000 }, () => {
  let home: string
  let folder: string
  let server: ServerProcess
  let call: ReturnType<typeof apiClient>
  let session: OpenSession
  beforeAll(async () => {
    home = await makeHome()
    folder = await mkdtemp(join(tmpdir(), 'hyponema-policies-'))
    server = await startProcess({ home })
    call = apiClient(server.url, (await server.demo()).api_key)
    session = await openSession(call, await publishAgent(call, 'replayed', document))
    await say(session, { text: 'say The forbidden dose is high.' })
    await say(session, { text: 'say Take the blue pill.' })
  }, 90_000)
  afterAll(async () => {
    await server?.interrupt()
    await removeHome(home)
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  /** In this process, as the entry runs it: starting one for each would take longer than all they do. */
  const run = async (...[command, ...args]: string[]): Promise<{ code: number; output: string }> => {
    const streams = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true))
    const config = readConfig({ environment: { HYPONEMA_HOME: home }, workingFolder: folder })
    try {
      await (command === 'floors' ? floorsCommand(config, args) : policyCommand(config, args))
      return { code: 0, output: streams.flatMap((stream) => stream.mock.calls.map(([text]) => String(text))).join('') }
    } catch (error) {
      if (!(error instanceof StartupRefusal)) throw error
      return { code: 1, output: error.message }
    } finally {
      for (const stream of streams) stream.mockRestore()
    }
  }
  const fileOf = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const changesIn = (output: string): Record<string, unknown>[] =>
    output
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [z.record(z.string(), z.unknown()).parse(JSON.parse(line))] : []))
  const replay = async (policy: string, ...more: string[]) => {
    const { code, output } = await run('policy', 'replay', '--policy', await fileOf('next.yaml', policy), ...more)
    expect([code, output]).toEqual([0, output])
    return { output, changes: changesIn(output) }
  }
  const decisions = async () => {
    const { body } = await call('GET', `/v1/sessions/${session.id}/decisions`)
    return pageSchema(storedDecisionSchema).parse(body).data
  }

  test('a replay on the server adds the policy to what held each session, or puts it in its place', async () => {
    const added = await replay(zone('blue pill', 'pills'), '--last', '5')
    expect(added.changes).toMatchObject([
      {
        session_id: session.id,
        decided: [],
        would_decide: [{ stage: 'output', action: 'replace', rule_ids: ['workspace/replayed/pills'] }],
      },
    ])
    expect(added.output).toContain('it decides otherwise about 1.')
    const same = await replay(zone('forbidden dose'), '--last', '5', '--as', 'agent')
    expect(same.changes).toEqual([])
    const instead = await replay(zone('blue pill'), '--last', '5', '--as', 'agent')
    expect(instead.changes).toMatchObject([
      { decided: [{ rule_ids: ['agent/dosage'] }], would_decide: [] },
      { decided: [], would_decide: [{ rule_ids: ['agent/dosage'] }] },
    ])
    const { body } = await call('GET', '/v1/audit-events?action=transcript.opened&limit=1')
    expect(JSON.stringify(body)).toContain(session.id)
  })

  test('one that breaks what held a session says where, and opens nothing it may not', async () => {
    const broken = await run(
      'policy',
      'replay',
      '--policy',
      await fileOf('b.yaml', zone('doctor', 'own')),
      '--last',
      '5',
    )
    expect([broken.code, broken.output]).toEqual([1, expect.stringContaining('does not compile')])
    expect(broken.output).not.toContain('    at ')
    const other = ['--last', '5', '--workspace', encodeId('workspace', newId())]
    const none = await run('policy', 'replay', '--policy', await fileOf('p.yaml', zone('blue pill')), ...other)
    expect(none.output).not.toContain(session.id)
  })

  test('an export of the API is replayed without a server of its own', async () => {
    const { body } = await call('GET', `/v1/sessions/${session.id}/turns`)
    const rows = [...pageSchema(turnSchema).parse(body).data, ...(await decisions())]
    const file = await fileOf('talks.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'))
    const offline = async (policy: string, ...more: string[]) => {
      const policyFile = await fileOf('next.yaml', policy)
      const args = ['policy', 'replay', '--policy', policyFile, '--export', file, ...more]
      const { code, output } = await runCommand(args, { HYPONEMA_HOME: join(folder, 'none') })
      expect([code, output]).toEqual([0, output])
      return changesIn(output)
    }
    expect(await offline(zone('forbidden dose'))).toEqual([])
    expect(
      await offline(zone('blue pill'), '--before', await fileOf('then.yaml', zone('forbidden dose'))),
    ).toHaveLength(2)
  })

  test('a decision is explained with its rule, what was withheld and its policy, and taken again', async () => {
    const [decision] = await decisions()
    const { code, output } = await run('policy', 'explain', decision?.id ?? '')
    expect([code, output]).toEqual([0, output])
    for (const part of [decision?.id, session.id, 'agent/dosage', 'forbidden dose', decision?.policy_sha256])
      expect(output).toContain(part)
    expect(output).toContain('taken again: same (replace by agent/dosage)')
    const { body } = await call('GET', '/v1/audit-events?action=decision.opened&limit=1')
    expect(JSON.stringify(body)).toContain(decision?.id)
  })

  test('what is no decision, or not one of this workspace, is refused with what to write', async () => {
    for (const args of [[], ['dec_x'], [session.id], [encodeId('decision', newId()), 'more']])
      expect(await run('policy', 'explain', ...args)).toMatchObject({
        code: 1,
        output: expect.stringContaining('Write: '),
      })
    const unknown = await run('policy', 'explain', encodeId('decision', newId()))
    expect(unknown).toMatchObject({ code: 1, output: expect.stringContaining('There is no decision dec_') })
  })

  test('floors reach the live session within a second, are shown, and go again', async () => {
    const floor = await fileOf('floors.yaml', zone('green pill', 'pills'))
    const heard = async () => spoken(await say(session, { text: 'say A green pill.' }))
    expect(await heard()).toBe('A green pill.')
    expect(await run('floors', 'set', floor)).toMatchObject({ code: 0 })
    await expect.poll(heard, { timeout: 1000, interval: 100 }).toBe('A Ask a doctor.')
    expect(await run('floors', 'show')).toMatchObject({ code: 0, output: expect.stringContaining('green pill') })
    expect(await run('floors', 'clear')).toMatchObject({ code: 0 })
    await expect.poll(heard, { timeout: 1000, interval: 100 }).toBe('A green pill.')
    const broken = await run('floors', 'set', await fileOf('bad.yaml', zone('doctor', 'own')))
    expect(broken).toMatchObject({ code: 1, output: expect.stringContaining('bad.yaml:') })
    const missing = await run('floors', 'set', join(folder, 'none.yaml'))
    expect(missing).toMatchObject({ code: 1, output: expect.stringContaining('cannot be read') })
  })
})
