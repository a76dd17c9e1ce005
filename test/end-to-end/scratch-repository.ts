import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A folder with our tools, a small lockfile, and scripts that stand for npm and for the server. */
export type ScratchRepository = {
  readonly root: string
  /** The environment in which npm would run a script of the package. */
  readonly environment: NodeJS.ProcessEnv
  readonly path: (...parts: readonly string[]) => string
  readonly write: (path: string, content: string) => Promise<void>
  readonly setLock: (packages: Readonly<Record<string, string>>) => Promise<void>
  /** What npm was called with, one line a call. */
  readonly npmCalls: () => Promise<readonly string[]>
  readonly remove: () => Promise<void>
}

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Does what `npm ci` does: everything away, then every package, then its own list. FAKE_NPM says how it goes wrong. */
const fakeNpm = `
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
appendFileSync('npm-calls', process.argv.slice(2).join(' ') + ' | ' + process.env.PATH + ' | ' + process.execPath + '\\n')
const how = process.env.FAKE_NPM ?? ''
rmSync('node_modules', { recursive: true, force: true })
if (how.startsWith('say:')) { console.error(how.slice(4)); process.exit(1) }
if (how === 'slow') await wait(300)
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
for (const place of Object.keys(lock.packages)) {
  if (how === 'killed' && place === 'node_modules/b') process.kill(process.pid, 'SIGKILL')
  mkdirSync(place, { recursive: true })
  writeFileSync(place + '/package.json', '{}')
}
writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: lock.packages }))
`

export async function scratchRepository(): Promise<ScratchRepository> {
  const root = await mkdtemp(join(tmpdir(), 'hyponema-scratch-'))
  const path = (...parts: readonly string[]): string => join(root, ...parts)
  const write = async (place: string, content: string): Promise<void> => {
    await mkdir(dirname(path(place)), { recursive: true })
    await writeFile(path(place), content)
  }
  const setLock = (packages: Readonly<Record<string, string>>): Promise<void> => {
    const entries = Object.entries(packages).map(([name, version]) => [`node_modules/${name}`, { version }])
    return write('package-lock.json', JSON.stringify({ packages: Object.fromEntries(entries) }))
  }
  await cp(join(repository, 'tools'), path('tools'), { recursive: true })
  await write('package.json', '{"type":"module"}')
  await write('fake/npm-cli.js', fakeNpm)
  await write('fake/package.json', '{"type":"module"}')
  await setLock({ a: '1.0.0', b: '2.0.0' })
  const bin = dirname(process.execPath)
  return {
    root,
    environment: {
      PATH: `${path('node_modules', '.bin')}:${bin}:/usr/bin:/bin`,
      npm_execpath: path('fake', 'npm-cli.js'),
      NODE_ENV: 'production',
    },
    path,
    write,
    setLock,
    npmCalls: async () => {
      const text = await readFile(path('npm-calls'), 'utf8').catch(() => '')
      return text.split('\n').filter((line) => line !== '')
    },
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

/** The real packages and the real sources of the page, for tests that build it. */
export async function addPageSources({ path }: ScratchRepository): Promise<void> {
  for (const part of ['packages/widget/src', 'packages/contract/src', 'package-lock.json']) {
    await cp(join(repository, part), path(part), { recursive: true })
  }
  await symlink(join(repository, 'node_modules'), path('node_modules'))
}
