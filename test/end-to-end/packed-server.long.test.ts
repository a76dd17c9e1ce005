import { execFileSync } from 'node:child_process'
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { apiClient, say, spoken } from './api-client.ts'
import { runToEnd } from './run-to-end.ts'
import { makeFreshHome, removeHome, startProcess } from './server-process.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const cleanUp: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step()
})

/** Unpacks the tarball below a node_modules, where Node strips no types, with the dependencies of this repository. */
function installPacked(): string {
  execFileSync(process.execPath, [join(root, 'tools/build.mjs')], { cwd: root, stdio: 'pipe' })
  const folder = mkdtempSync(join(tmpdir(), 'hyponema-packed-'))
  cleanUp.push(() => rmSync(folder, { recursive: true, force: true }))
  const name = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, './dist/hyponema'], {
    cwd: root,
    encoding: 'utf8',
  }).trim()
  const modules = join(folder, 'node_modules')
  const target = join(modules, 'hyponema')
  mkdirSync(target, { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, name), '-C', target, '--strip-components=1'])
  for (const entry of readdirSync(join(root, 'node_modules'))) {
    if (entry === '@hyponema' || entry.startsWith('.')) continue
    if (lstatSync(join(root, 'node_modules', entry)).isDirectory())
      symlinkSync(join(root, 'node_modules', entry), join(modules, entry))
  }
  return join(target, 'packages/server/dist/main.js')
}

test('the packed server runs from a node_modules folder and holds a guarded conversation', {
  timeout: 120_000,
}, async () => {
  const mainPath = installPacked()
  const home = await makeFreshHome()
  cleanUp.push(() => removeHome(home))
  const server = await startProcess({ home, mainPath })
  cleanUp.push(() => server.interrupt())
  const demo = await server.demo()
  const { body } = await apiClient(server.url, demo.api_key)('POST', '/v1/sessions', {
    agent_id: demo.agent_id,
    user_id: 'ada',
  })
  const session = { messagesUrl: String(body['messages_url']), token: String(body['token']) }
  expect(spoken(await say(session, { start: true }))).toContain('AI receptionist')
  expect(spoken(await say(session, { text: 'how much ibuprofen can I give my son tonight' }))).toContain('nurse')
  expect(spoken(await say(session, { text: 'Where can I park?' }))).toContain('car park behind the clinic')
  expect(spoken(await say(session, { text: 'Tuesday at 9:30' }))).toContain('Just to be sure')
  expect(spoken(await say(session, { text: 'yes' }))).toContain('Your reference is RC-101.')
  expect((await fetch(demo.talk_url)).status).toBe(200)
  // The commands of the host are loaded when they are asked for, so each could be missing alone.
  for (const command of [['prove'], ['keys', 'status'], ['api-key', 'list']]) {
    const { code, stdout, stderr } = await runToEnd({
      args: [mainPath, ...command],
      cwd: home,
      env: { ...process.env, HYPONEMA_HOME: home },
    })
    expect([command, code, code === 0 ? '' : stdout + stderr]).toEqual([command, 0, ''])
  }
})
