/** Limits of a workspace, set on the host, held by two real server processes on one database. */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { startTestCluster } from '../harness/fresh-database.ts'
import { apiClient } from './api-client.ts'
import { publishAgent } from './published-agent.ts'
import { runCommand, type ServerProcess, startProcess } from './server-process.ts'

const agentDocument = {
  persona: { prompt: 'Says hello.', first_message: 'Hello.' },
  model: { kind: 'scripted', script: { rules: [], otherwise: 'Hello.' } },
  policy: {},
}

test('two processes give one budget, and count live sessions as one', { timeout: 120_000 }, async ({
  onTestFinished,
}) => {
  const cluster = await startTestCluster()
  onTestFinished(() => cluster.stop())
  const home = await mkdtemp(join(cluster.folder, 'home-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  const { host, port, database } = cluster.address
  const socket = `?host=${encodeURIComponent(host)}`
  const adminUrl = `postgres://${cluster.superuser.user}:${cluster.superuser.password}@localhost:${port}/${database}${socket}`
  const environment = { HYPONEMA_HOME: home, DATABASE_URL: `postgres://localhost:${port}/${database}${socket}` }
  const run = async (...args: readonly string[]): Promise<string> => {
    const { code, output } = await runCommand(args, environment)
    expect(code, output).toBe(0)
    return output.trim()
  }
  await run('migrate', adminUrl)
  const servers = await Promise.all([startProcess({ home, environment }), startProcess({ home, environment })])
  onTestFinished(() => Promise.all(servers.map((server) => server.interrupt())).then(() => undefined))
  const workspace = await run('workspace', 'create', 'Two processes')
  const key = await run('api-key', 'create', '--workspace', workspace)
  const [one, other] = servers
  const agentId = await publishAgent(apiClient(one.url, key), 'Polite', agentDocument)
  const create = ({ url }: ServerProcess, user: string) =>
    apiClient(url, key)('POST', '/v1/sessions', { agent_id: agentId, user_id: user })

  const limits = await run('workspace', 'limits', '--workspace', workspace, '--live-sessions', '5')
  expect(JSON.parse(limits)).toMatchObject({ live_sessions: 5, session_creations_per_minute: 1_200 })
  const atOnce = await Promise.all(Array.from({ length: 16 }, (_, n) => create(n % 2 === 0 ? one : other, `u${n}`)))
  expect(atOnce.filter(({ status }) => status === 201)).toHaveLength(5)
  expect(atOnce.find(({ status }) => status === 429)?.body['code']).toBe('session.live_limit')

  // Six a minute: one process empties its own, and a second later the other has given at most a few of its six.
  await run(
    'workspace',
    'limits',
    '--workspace',
    workspace,
    '--live-sessions',
    '500',
    '--session-creations-per-minute',
    '6',
  )
  const made = { one: 0, other: 0 }
  await vi.waitFor(
    async () => {
      const { status } = await create(one, 'somebody')
      if (status === 201) made.one += 1
      expect(status).toBe(429)
    },
    { timeout: 20_000, interval: 5 },
  )
  await vi.waitFor(
    async () => {
      const { status, body } = await create(other, 'somebody')
      if (status === 201) made.other += 1
      expect([status, body['code']]).toEqual([429, 'request.rate_limited'])
    },
    { timeout: 20_000, interval: 2_000 },
  )
  expect(made.one).toBeGreaterThanOrEqual(6)
  expect(made.other).toBeLessThan(6)

  const refused = await runCommand(
    ['workspace', 'limits', '--workspace', workspace, '--live-sessions', '0'],
    environment,
  )
  expect([refused.code, refused.output]).toEqual([
    1,
    expect.stringContaining('--live-sessions is a whole number from 1'),
  ])
})
