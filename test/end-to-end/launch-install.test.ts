import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Ended, runToEnd } from './run-to-end.ts'
import { type ScratchRepository, scratchRepository } from './scratch-repository.ts'

describe('installing on the first run', () => {
  let scratch: ScratchRepository
  beforeEach(async () => {
    scratch = await scratchRepository()
  })
  afterEach(() => scratch.remove())

  const ensure = (environment: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    runToEnd({
      args: [scratch.path('tools', 'ensure-installed.mjs')],
      cwd: scratch.root,
      env: { ...scratch.environment, ...environment },
    })

  test('calls npm once, says so, and is silent afterwards', async () => {
    const first = await ensure()
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(/^Installing the packages.*\nInstalled in \d+ s\.\n$/)
    expect(await ensure()).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(await scratch.npmCalls()).toHaveLength(1)
  })

  test('takes exactly the lockfile, with what the page and the tests need, whatever NODE_ENV says', async () => {
    await ensure()
    const [call = ''] = await scratch.npmCalls()
    expect(call).toMatch(/^ci .*--include=dev --include=optional/)
    expect(call).not.toContain('install')
  })

  test('does not run npm on the Node that npm is about to delete', async () => {
    await ensure()
    const [, path = '', node = ''] = ((await scratch.npmCalls())[0] ?? '').split(' | ')
    expect(path).not.toContain(scratch.root)
    expect(node).not.toContain(scratch.root)
  })

  test('happens again when the lockfile has changed', async () => {
    await ensure()
    await scratch.setLock({ a: '1.0.1', b: '2.0.0' })
    await ensure()
    expect(await scratch.npmCalls()).toHaveLength(2)
  })

  test('repairs a package that has gone', async () => {
    await ensure()
    await rm(scratch.path('node_modules', 'b'), { recursive: true })
    await ensure()
    expect(await scratch.npmCalls()).toHaveLength(2)
    expect((await stat(scratch.path('node_modules', 'b'))).isDirectory()).toBe(true)
  })

  test('repairs what a killed install left', async () => {
    expect(await ensure({ FAKE_NPM: 'killed' })).toMatchObject({ code: 1 })
    expect(await ensure()).toMatchObject({ code: 0 })
    expect(await scratch.npmCalls()).toHaveLength(2)
  })

  test('is left to one of several runs, and the others wait for it', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => ensure({ FAKE_NPM: 'slow' })))
    expect(runs.map((run) => run.code)).toEqual([0, 0, 0])
    expect(await scratch.npmCalls()).toHaveLength(1)
    expect(runs.filter((run) => run.stdout.includes('waiting for it'))).toHaveLength(2)
  })

  test('is not blocked by the lock of a run that was killed', async () => {
    await mkdir(scratch.path('.hyponema'))
    await writeFile(scratch.path('.hyponema', 'install.lock'), `${2 ** 22 - 1}\n`)
    expect(await ensure()).toMatchObject({ code: 0 })
    expect(await scratch.npmCalls()).toHaveLength(1)
    await expect(stat(scratch.path('.hyponema', 'install.lock'))).rejects.toThrow('ENOENT')
    expect((await stat(scratch.path('.hyponema'))).isDirectory()).toBe(true)
  })

  test('is spared where somebody has installed exactly this by hand', async () => {
    await ensure()
    await rm(scratch.path('node_modules', '.hyponema-stamp'))
    expect(await ensure()).toMatchObject({ code: 0, stdout: '' })
    expect(await scratch.npmCalls()).toHaveLength(1)
    expect(await readFile(scratch.path('node_modules', '.hyponema-stamp'), 'utf8')).toContain('"key"')
  })

  test('is not spared where what was installed by hand is another version', async () => {
    await ensure()
    await rm(scratch.path('node_modules', '.hyponema-stamp'))
    await scratch.setLock({ a: '1.0.0', b: '2.0.1' })
    await ensure()
    expect(await scratch.npmCalls()).toHaveLength(2)
  })

  test.each([
    [
      'no network',
      'npm error code ENOTFOUND\nnpm error network request failed',
      /npm registry cannot be reached: connect/,
    ],
    ['no right to write', "npm error code EACCES\nnpm error path '/x/node_modules'", /cannot be written by this user/],
    ['a full disk', 'npm error code ENOSPC', /disk is full/],
    ['a stale lockfile', 'npm error Missing: a@1 from lock file', /package-lock\.json and package\.json do not agree/],
    ['anything else', 'npm error code EODD\nnpm error it rains', /npm ci said "it rains"; fix that and run/],
  ])('ends with one sentence on %s', async (_what, said, sentence) => {
    const ended = await ensure({ FAKE_NPM: `say:${said}` })
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(sentence)
    expect(ended.stderr.trim().split('\n')).toHaveLength(1)
    expect(await ensure()).toMatchObject({ code: 0 })
  })

  test('ends with one sentence where there is no npm', async () => {
    const ended = await ensure({ npm_execpath: '', PATH: '/nowhere' })
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/npm was not found: install npm/)
  })

  test('ends with one sentence where files are missing', async () => {
    await rm(scratch.path('package-lock.json'))
    expect((await ensure()).stderr).toMatch(/no package-lock\.json .*; get a complete copy/)
  })
})
