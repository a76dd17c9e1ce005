/** `member add` and `operator-token create`, on a database of one's own, where there is no demo. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Config, readConfig } from '../config.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { writeSecretFile } from '../platform/crypto/write-secret-file.ts'
import { freshDatabase } from '../test-harness/fresh-database.ts'
import { installationFiles } from './installation-files.ts'
import { memberCommand } from './member-command.ts'
import { operatorTokenCommand } from './operator-token-command.ts'
import { workspaceCommand } from './workspace-command.ts'

describe('members made on the host', () => {
  let config: Config
  let drop: () => Promise<void>
  let workspace: string
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hyponema-members-'))
    const fresh = await freshDatabase()
    await writeSecretFile(installationFiles(folder).logins, JSON.stringify(fresh.logins))
    config = { ...readConfig({ environment: { DATABASE_URL: fresh.databaseUrl } }), homeFolder: folder }
    drop = async () => {
      await fresh.drop()
      await rm(folder, { recursive: true, force: true })
    }
    workspace = await printed(() => workspaceCommand(config, ['create', 'Harbour Bank']))
  })
  afterAll(() => drop())
  afterEach(() => {
    vi.restoreAllMocks()
  })

  const printed = async (command: () => Promise<void>): Promise<string> => {
    const written: string[] = []
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text))
      return true
    })
    try {
      await command()
    } finally {
      spy.mockRestore()
    }
    return written.join('').trim()
  }
  const add = (...args: string[]) => printed(() => memberCommand(config, ['add', '--workspace', workspace, ...args]))
  const token = (...args: string[]) => printed(() => operatorTokenCommand(config, ['create', ...args]))
  const refusal = async (work: Promise<unknown>): Promise<string> => {
    const error: unknown = await work.then(
      () => undefined,
      (cause: unknown) => cause,
    )
    return error instanceof StartupRefusal ? error.message : `no refusal: ${String(error)}`
  }

  test('a first owner is added once, in one form of the address, and gets tokens by id and by address', async () => {
    const id = await add('--email', 'Ada@EXAMPLE.com')
    expect(id).toMatch(/^opr_[0-9a-hjkmnp-tv-z]{26}$/)
    expect(await refusal(add('--email', 'ada@example.com', '--role', 'auditor'))).toMatch(/is a member .* already/)
    for (const who of [
      ['--member', id],
      ['--email', 'ADA@example.com'],
    ])
      expect(await token('--workspace', workspace, ...who)).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/)
  })

  test.each([
    ['no address', ['--email', 'ada'], /is no e-mail address/],
    ['no such role', ['--email', 'x@example.com', '--role', 'root'], /^Write: /],
    ['nobody', [], /^Write: /],
  ])('nobody is added of %s', async (_name, args, message) => {
    expect(await refusal(add(...args))).toMatch(message)
  })

  test('nobody is added to a workspace that is not there', async () => {
    const none = 'wsp_01jd3v7t6zf3m8k2x9w4c5b6n7'
    const command = memberCommand(config, ['add', '--workspace', none, '--email', 'x@example.com'])
    expect(await refusal(command)).toBe(`There is no workspace ${none}.`)
  })

  test('there is no token for a role alone outside the demo, for nobody, or for whoever is no member', async () => {
    expect(await refusal(token('--workspace', workspace))).toMatch(/^Write: .*--member opr_/)
    expect(await refusal(token('--workspace', workspace, '--role', 'owner'))).toMatch(/^Write: /)
    expect(await refusal(token('--role', 'owner'))).toMatch(/^Say which workspace/)
    expect(await refusal(token('--workspace', workspace, '--email', 'ada@example.com', '--role', 'owner'))).toMatch(
      /^Write: /,
    )
    for (const who of [
      ['--email', 'eve@example.com'],
      ['--email', 'x'],
      ['--member', 'opr_01jd3v7t6zf3m8k2x9w4c5b6n7'],
      ['--member', 'ada@example.com'],
    ])
      expect(await refusal(token('--workspace', workspace, ...who))).toMatch(/is no member of wsp_/)
  })
})
