/**
 * Runs what the pages show: every `sh` block, page by page in one shell each, against a real server on a free port; and
 * compares what is shown with what is printed (`text output` behind a block). Blocks for a database of one's own run
 * against an empty server of their own, because `migrate` makes the logins of a whole server.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { administratorUrl } from '../../packages/server/src/platform/postgres/embedded/administrator-url.ts'
import { makeFreshHome, removeHome, type ServerProcess, startProcess } from '../end-to-end/server-process.ts'
import { startTestCluster } from '../harness/fresh-database.ts'
import { type ModelServer, startModelServer } from '../harness-provider/start-model-server.ts'
import { type FencedBlock, fencedBlocks } from './fenced-blocks.ts'
import { pages, readPage } from './pages.ts'
import { type BlockOutputs, runBlocks } from './run-blocks.ts'
import { withoutChance } from './same-output.ts'
import { type HookReceiver, startHookReceiver } from './start-hook-receiver.ts'
import { startToolServer, type ToolServer } from './start-tool-server.ts'
import { tableRows } from './table-rows.ts'

const hasTools = ['curl', 'npm'].every((tool) => spawnSync(tool, ['--version']).status === 0)
const ownDatabase = 'sh own-database'
const kinds = new Set([
  'sh',
  'sh no-test',
  ownDatabase,
  'text',
  'text output',
  'text output of npm start',
  // Programs of a reader's own: webhook-receivers.test.ts runs them.
  'ts',
  'python',
  'yaml',
  'yaml refused',
])

/** The pages that show commands. */
const shown = pages.filter(({ text }) => fencedBlocks(text).some(({ info }) => info === 'sh'))

let home: string
let server: ServerProcess
let model: ModelServer
let hooks: HookReceiver
let tools: ToolServer

beforeAll(async () => {
  if (!hasTools) return
  home = await makeFreshHome()
  model = await startModelServer('answers')
  hooks = await startHookReceiver()
  tools = await startToolServer()
  const opened = [model.url, hooks.url, tools.url].map((url) => new URL(url).origin)
  const environment = { HYPONEMA_OUTBOUND_ALLOW: opened.join() }
  server = await startProcess({ home, environment })
})

afterAll(async () => {
  await server?.interrupt()
  await model?.close()
  await hooks?.close()
  await tools?.close()
  if (home !== undefined) await removeHome(home)
})

/** Each `text output` with what the command before it printed. */
function shownOutputs(blocks: readonly FencedBlock[], outputs: BlockOutputs): readonly (readonly [string, string])[] {
  let ran = -1
  return blocks.flatMap(({ info, text }) => {
    if (info === 'sh') ran += 1
    return info === 'text output' ? [[text, outputs[ran] ?? ''] as const] : []
  })
}

/** The start's words with the places of this run in the places that the README shows. */
function asShown(output: string): string {
  const pointer = z.object({ folder: z.string() })
  let text = output
  try {
    const { folder } = pointer.parse(JSON.parse(readFileSync(join(home, 'embedded-postgres.json'), 'utf8')))
    text = text.replaceAll(folder, '/home/you/hyponema/.hyponema/postgres')
  } catch {
    // An ordinary user's database lies in the home itself.
  }
  return withoutChance(
    text
      .replaceAll(realpathSync(home), '/home/you/hyponema/.hyponema')
      .replaceAll(home, '/home/you/hyponema/.hyponema')
      .replaceAll(server.url, 'http://127.0.0.1:4700')
      .replaceAll(/^ {2}Database user .*\n/gm, '')
      .replaceAll(/\d+\.\d s\)/g, '3.1 s)')
      // What the commands of other pages made it print afterwards.
      .replace(/\n+Mail to [\s\S]*$/, '\n'),
  )
}

describe('the pages', () => {
  it('show blocks of known kinds only', () => {
    const infos = pages.flatMap(({ path, text }) =>
      path === 'CONTRIBUTING.md' ? [] : fencedBlocks(text).map(({ info }) => info),
    )
    expect(infos.filter((info) => !kinds.has(info))).toEqual([])
  })

  it('show commands in these places', () => {
    expect(shown.map(({ path }) => path)).toEqual([
      'README.md',
      'docs/add-a-provider-key.md',
      'docs/api.md',
      'docs/audit.md',
      'docs/contact.md',
      'docs/first-workspace.md',
      'docs/give-your-agent-a-document-and-a-tool.md',
      'docs/isolation.md',
      'docs/knowledge.md',
      'docs/operations.md',
      'docs/permissions.md',
      'docs/policy-library.md',
      'docs/retention.md',
      'docs/rotate-a-key.md',
      'docs/rotate-key-encryption-keys.md',
      'docs/tools.md',
      'docs/topic-cooldowns.md',
      'docs/traces.md',
      'docs/variables.md',
      'docs/webhooks.md',
    ])
  })
})

describe.skipIf(!hasTools)('the commands that are shown (needs curl and npm)', () => {
  it.each(shown)('of $path print what is shown', { timeout: 60_000 }, async ({ text }) => {
    const blocks = fencedBlocks(text)
    const outputs = await runBlocks(
      blocks.filter(({ info }) => info === 'sh'),
      {
        HYPONEMA_HOME: home,
        PROVIDER_KEY: 'sk-made-for-a-test-0001',
        MODEL_URL: model.url,
        HOOK_URL: hooks.url,
        TOOL_URL: tools.url,
        TOOL_KEY: tools.key,
      },
    )
    for (const [expected, printed] of shownOutputs(blocks, outputs)) {
      expect(withoutChance(printed)).toContain(withoutChance(expected))
    }
  })

  it('of the README reach the model server that it opens', () => {
    expect(model.received[0]).toContain('POST /v1/chat/completions')
    expect(model.received[0]).not.toContain('sk-made')
  })

  it('of the page about tools ask the tool once, and not for what a person made up', () => {
    expect(tools.received).toEqual(['GET /v1/patients/P-1042/visits?limit=1'])
  })

  it('of the guide to provider keys send the key, and after the rotation the next one', () => {
    const bearing = model.received.filter((request) => request.includes('sk-made'))
    const keyOf = (request: string): string => /Bearer (\S+)/.exec(request)?.[1] ?? ''
    const first = 'sk-made-for-a-test-0001'
    expect(bearing.map(keyOf)).toEqual([first, first, `${first}-next`])
  })

  it('print at the start what the README shows', () => {
    const block = fencedBlocks(readPage('README.md').text).find(({ info }) => info === 'text output of npm start')
    expect(asShown(server.output())).toBe(withoutChance(block?.text ?? ''))
  })

  it('describe the routes that there are', async () => {
    const document = z
      .object({
        paths: z.record(
          z.string(),
          z.record(z.string(), z.object({ 'x-permission': z.string().optional(), summary: z.string() })),
        ),
      })
      .parse(await (await fetch(`${server.url}/v1/openapi.json`)).json())
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, route]) => [
        `${method.toUpperCase()} ${path}`,
        route['x-permission'] ?? 'session token',
        route.summary,
      ]),
    )
    const listed = tableRows(readPage('docs/api.md').text, 'route')
    expect(new Set(listed.map((row) => row.join(' | ')))).toEqual(new Set(routes.map((row) => row.join(' | '))))
    expect(listed.length).toBe(routes.length)
  })

  it('make a database of one’s own serve, with the key that they print', { timeout: 60_000 }, async () => {
    const cluster = await startTestCluster()
    const ownHome = await makeFreshHome()
    try {
      const { address } = cluster
      const databaseUrl = `postgres://localhost:${address.port}/${address.database}?host=${encodeURIComponent(address.host)}`
      const blocks = fencedBlocks(readPage('docs/own-postgresql.md').text).filter(({ info }) => info === ownDatabase)
      const [migrated = '', member = '', key = '', proved = ''] = await runBlocks(blocks, {
        HYPONEMA_HOME: ownHome,
        ADMIN_URL: administratorUrl(address, cluster.superuser),
        DATABASE_URL: databaseUrl,
      })
      expect(migrated).toContain('Start with: DATABASE_URL=')
      expect([member.trim(), proved]).toEqual([expect.stringMatching(/^opr_/), expect.stringContaining(' 0 leaks')])
      const own = await startProcess({ home: ownHome, environment: { DATABASE_URL: databaseUrl } })
      const answer = await fetch(`${own.url}/v1/agents`, { headers: { authorization: `Bearer ${key.trim()}` } })
      expect([answer.status, await answer.json()]).toEqual([200, { data: [], next_cursor: null }])
      expect((await fetch(`${own.url}/talk/agt_00000000000000000000000000`)).status).toBe(404)
      expect(await own.interrupt()).toBe(0)
    } finally {
      await removeHome(ownHome)
      await cluster.stop()
    }
  })
})
