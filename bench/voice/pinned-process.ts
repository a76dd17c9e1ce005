import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { z } from 'zod'

/** The server alone on the first core, everything else on the second. */
export const cores = { server: 0, rest: 1 } as const

const readySchema = z.object({ kind: z.literal('ready'), port: z.int() })

/** Where there is no taskset, as on macOS, nothing is pinned, and the report says so. */
export const isPinned = spawnSync('taskset', ['-V'], { stdio: 'ignore' }).status === 0

export type PinnedProcess = { readonly port: number; readonly child: ChildProcess }

/** Starts a script of the bench on one core and waits for its port. */
export async function startPinned(script: URL, core: number, args: readonly string[] = []): Promise<PinnedProcess> {
  const child = spawnPinned(core, [script.pathname, ...args], { channel: true })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${script.pathname} ended with ${code}`)))
    child.on('message', (message) => {
      const ready = readySchema.safeParse(message)
      if (ready.success) resolve({ port: ready.data.port, child })
    })
  })
}

export function spawnPinned(
  core: number,
  args: readonly string[],
  options: { channel?: boolean; environment?: Readonly<Record<string, string>> } = {},
): ChildProcess {
  const { DATABASE_URL: _database, NODE_OPTIONS: _options, ...inherited } = process.env
  const [file = process.execPath, ...rest] = [
    ...(isPinned ? ['taskset', '-c', String(core)] : []),
    process.execPath,
    ...args,
  ]
  const child = spawn(file, rest, {
    env: { ...inherited, ...options.environment },
    stdio: options.channel === true ? ['ignore', 'inherit', 'inherit', 'ipc'] : ['ignore', 'pipe', 'pipe'],
  })
  // Nothing of the bench outlives it, however it ends.
  const kill = (): void => void child.kill()
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

/** All threads of processes that run already. A process that has ended meanwhile needs no core. */
export function pinRunning(pids: readonly number[], core: number): void {
  for (const pid of isPinned ? pids : []) {
    try {
      execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' })
    } catch {
      // It has ended.
    }
  }
}
