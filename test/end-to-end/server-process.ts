import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { copyPreparedHome } from '../harness/copy-prepared-home.ts'

const sourceMain = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url))
const startDeadlineMs = 60_000

const demoSchema = z.object({ url: z.string(), api_key: z.string(), agent_id: z.string(), talk_url: z.string() })
const pointerSchema = z.object({ folder: z.string() })

/** A real server process with a home of its own, as a user would have started it. */
export type ServerProcess = {
  readonly url: string
  readonly home: string
  readonly pid: number
  readonly output: () => string
  /** Of that what came on standard error: the log. */
  readonly log: () => string
  readonly demo: () => Promise<z.infer<typeof demoSchema>>
  /** Ctrl-C, and the exit code. */
  readonly interrupt: () => Promise<number | null>
  readonly kill: () => Promise<void>
}

/** A home as after a first start and a stop: for every suite that is not about the first start. */
export async function makeHome(): Promise<string> {
  const home = await makeFreshHome()
  try {
    await copyPreparedHome(home)
    return home
  } catch (error) {
    await removeHome(home)
    throw error
  }
}

/** An empty folder: its first start makes everything. */
export async function makeFreshHome(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'hyponema-e2e-'))
}

/** Removes a home and, where root's database lies elsewhere, that too. */
export async function removeHome(home: string): Promise<void> {
  try {
    const pointer = pointerSchema.parse(JSON.parse(readFileSync(join(home, 'embedded-postgres.json'), 'utf8')))
    await rm(pointer.folder, { recursive: true, force: true })
  } catch {
    // An ordinary user's database lies in the home itself.
  }
  await rm(home, { recursive: true, force: true })
}

/** Starts and waits until it is ready. Throws with its output when it ends before. */
export async function startProcess(options: {
  home: string
  environment?: Readonly<Record<string, string>>
  /** Another build's entry than the sources'. */
  mainPath?: string
  /** Of Node itself, before the entry. */
  nodeOptions?: readonly string[]
}): Promise<ServerProcess> {
  const port = await freePort()
  const child = runMain([...(options.nodeOptions ?? []), options.mainPath ?? sourceMain, 'start'], {
    ...options.environment,
    HYPONEMA_HOME: options.home,
    HYPONEMA_PORT: String(port),
  })
  const output = collect(child.stdout, child.stderr)
  const log = collect(child.stderr)
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const deadlineMs = performance.now() + startDeadlineMs
  while (!output().includes('is ready')) {
    if (child.exitCode !== null || performance.now() > deadlineMs)
      throw new Error(`the server did not start: ${output()}`)
    await pause(25)
  }
  return {
    url: `http://127.0.0.1:${port}`,
    home: options.home,
    pid: child.pid ?? 0,
    output,
    log,
    demo: async () => demoSchema.parse(JSON.parse(await readFile(join(options.home, 'demo.json'), 'utf8'))),
    interrupt: async () => {
      child.kill('SIGINT')
      return exited
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Runs a command to its end. */
export async function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ code: number | null; output: string }> {
  const child = runMain([sourceMain, ...args], environment)
  const output = collect(child.stdout, child.stderr)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output: output() }
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

function runMain(args: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
  const { DATABASE_URL: _database, NODE_OPTIONS: _options, ...inherited } = process.env
  return spawn(process.execPath, args, {
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function collect(...streams: readonly (Readable | null)[]): () => string {
  let text = ''
  for (const stream of streams) stream?.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
  return () => text
}
