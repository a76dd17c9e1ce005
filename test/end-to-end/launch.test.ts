import { spawnSync } from 'node:child_process'
import { chmod, mkdir, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Running, startScript } from './run-to-end.ts'
import { type ScratchRepository, scratchRepository } from './scratch-repository.ts'

/** Stands for the server: says who and how it is, and obeys its first argument. */
const fakeServer = `
const [command = '', code = '0'] = process.argv.slice(2)
const say = (words: string): void => void process.stdout.write(words + '\\n')
process.on('SIGTERM', () => { say('drained after SIGTERM'); process.exit(0) })
process.on('SIGINT', () => { say('drained after SIGINT'); process.exit(0) })
process.on('disconnect', () => { say('drained after the launcher'); process.exit(0) })
say('I am ' + process.pid + ' child of ' + process.ppid + ' with ' + process.argv.slice(2).join(','))
say('cache ' + process.env['NODE_COMPILE_CACHE'])
if (command === 'exit') process.exit(Number(code))
if (command === 'die') process.kill(process.pid, 'SIGKILL')
if (command === 'serve') setInterval(() => {}, 1_000)
else process.disconnect?.()
`
const olderNode = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.18.0'}})`

const isRoot = process.getuid?.() === 0
/** Root may write everywhere, so as root somebody else tries. */
const otherUser = isRoot ? 1 : undefined

/** A Node below a 0700 folder of root can only be run by root. */
function canRunAsAnother(): boolean {
  return !isRoot || spawnSync(process.execPath, ['--version'], { uid: 1, gid: 1, cwd: '/' }).status === 0
}

describe('the launcher', () => {
  let scratch: ScratchRepository
  let started: Running[]
  beforeEach(async () => {
    started = []
    scratch = await scratchRepository()
    await scratch.write('packages/server/src/main.ts', fakeServer)
    await scratch.write('packages/server/package.json', '{"type":"module"}')
    await scratch.setLock({ a: '1.0.0' })
  })
  afterEach(async () => {
    for (const { child } of started) child.kill('SIGKILL')
    await scratch.remove()
  })

  const launch = (args: readonly string[], environment: NodeJS.ProcessEnv = {}, userId?: number): Running => {
    const running = startScript({
      args: [scratch.path('tools', 'launch.mjs'), ...args],
      cwd: '/',
      env: { ...scratch.environment, ...environment },
      group: true,
      ...(userId !== undefined && { userId }),
    })
    started.push(running)
    return running
  }
  /** On an older Node, with the one that the packages bring. */
  const launchOnOlder = async (args: readonly string[]): Promise<Running> => {
    await bringNode()
    return launch(args, { NODE_OPTIONS: `--import=${olderNode}` })
  }
  const bringNode = async (): Promise<void> => {
    await launch(['hyponema']).ended
    const bin = scratch.path('node_modules', `node-${process.platform}-${process.arch}`, 'bin')
    await mkdir(bin, { recursive: true })
    await symlink(process.execPath, `${bin}/node`)
  }
  const serverPid = async (running: Running): Promise<number> => Number((await running.untilSaid(/I am (\d+)/))[1])

  test('installs by itself, because npm leaves prestart out where scripts are switched off', async () => {
    expect(await launch(['hyponema', 'one', 'two']).ended).toMatchObject({ code: 0 })
    expect(await scratch.npmCalls()).toHaveLength(1)
  })

  test('goes on in its own process on a Node that is new enough', async () => {
    await launch(['hyponema']).ended
    const running = launch(['hyponema', 'workspace', 'create'])
    const { stdout } = await running.ended
    expect(stdout).toContain(`I am ${running.child.pid} `)
    expect(stdout).toContain('with workspace,create')
  })

  test('runs the Node of the packages on an older one, with arguments and exit code', async () => {
    const running = await launchOnOlder(['hyponema', 'exit', '7'])
    const { stdout, code } = await running.ended
    expect(stdout).toContain(`child of ${running.child.pid} with exit,7`)
    expect(code).toBe(7)
  })

  test('keeps compiled code in the home folder, which nobody else can enter', async () => {
    const { stdout } = await launch(['hyponema'], { HYPONEMA_HOME: scratch.path('home') }).ended
    expect(stdout).toContain(`cache ${scratch.path('home', 'compile-cache')}`)
    expect((await stat(scratch.path('home'))).mode & 0o777).toBe(0o700)
  })

  test('says what to do where the packages brought no Node', async () => {
    await launch(['hyponema']).ended
    const { code, stderr } = await launch(['hyponema'], { NODE_OPTIONS: `--import=${olderNode}` }).ended
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^Hyponema runs on Node 24, this is v.*: install Node 24 or newer and run the same command again\.\n$/,
    )
  })

  test('says what to do where the Node of the packages needs another C library', async () => {
    await bringNode()
    const binary = scratch.path('node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
    // What the kernel says of a binary whose loader is missing is what it says of this.
    await writeFile(`${binary}.new`, '#!/lib64/no-such-loader\n')
    await chmod(`${binary}.new`, 0o755)
    await rename(`${binary}.new`, binary)
    const { code, stderr } = await launch(['hyponema'], { NODE_OPTIONS: `--import=${olderNode}` }).ended
    expect(code).toBe(1)
    expect(stderr).toMatch(/no glibc \(Alpine\): install Node 24/)
  })

  test('hands SIGTERM on and ends as the server does', async () => {
    const running = await launchOnOlder(['hyponema', 'serve'])
    await serverPid(running)
    running.child.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('drained after SIGTERM') })
  })

  test('waits for the server when Ctrl-C reaches both', async () => {
    const running = await launchOnOlder(['hyponema', 'serve'])
    await serverPid(running)
    process.kill(-(running.child.pid ?? 0), 'SIGINT')
    const { code, stdout } = await running.ended
    expect(code).toBe(0)
    expect(stdout.match(/drained after SIGINT/g)).toHaveLength(1)
  })

  test('ends by the signal that ended the server', async () => {
    const running = await launchOnOlder(['hyponema', 'die'])
    expect(await running.ended).toMatchObject({ signal: 'SIGKILL' })
  })

  test('tells the server when it is killed itself', async () => {
    const running = await launchOnOlder(['hyponema', 'serve'])
    await serverPid(running)
    running.child.kill('SIGKILL')
    await running.untilSaid(/drained after the launcher/)
  })

  test('names its commands when it knows none of that name', async () => {
    for (const args of [[], ['nonsense'], ['constructor'], ['run']]) {
      const { code, stderr } = await launch(args).ended
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^Say what to launch: .*start \| hyponema \| test/)])
    }
  })

  test('runs a script of the repository', async () => {
    await scratch.write('bench/x.ts', `process.stdout.write('bench ' + process.argv.slice(2).join(','))`)
    expect(await launch(['run', 'bench/x.ts', '--json']).ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('bench --json'),
    })
  })

  test('says in one sentence that the home is a file', async () => {
    await launch(['hyponema']).ended
    const { code, stderr } = await launch(['hyponema'], { HYPONEMA_HOME: scratch.path('package.json') }).ended
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^.*package\.json is not a folder: move the file of that name away, or set HYPONEMA_HOME.*\n$/,
    )
  })

  test.runIf(canRunAsAnother())('says in one sentence that the home cannot be written', async () => {
    await launch(['hyponema']).ended
    await chmod(scratch.root, 0o755)
    await mkdir(scratch.path('closed'), { mode: isRoot ? 0o700 : 0o500 })
    const home = scratch.path('closed', 'home')
    const { code, stderr } = await launch(['hyponema'], { HYPONEMA_HOME: home }, otherUser).ended
    expect(code).toBe(1)
    expect(stderr).toMatch(/^.*cannot be written by this user.*: start as the user who owns it, make it writable.*\n$/)
  })
})
