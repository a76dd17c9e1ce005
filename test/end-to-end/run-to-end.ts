import { type ChildProcess, spawn } from 'node:child_process'

export type Ended = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that runs, with what it has said so far. */
export type Running = {
  readonly child: ChildProcess
  readonly said: () => string
  /** Resolves with the match as soon as the command has printed it; rejects when it ends without. */
  readonly untilSaid: (pattern: RegExp) => Promise<RegExpExecArray>
  readonly ended: Promise<Ended>
}

/** Starts a Node script; with `group` in a process group of its own, as a terminal does. */
export function startScript(options: {
  args: readonly string[]
  cwd: string
  env: NodeJS.ProcessEnv
  group?: boolean
  userId?: number
}): Running {
  const child = spawn(process.execPath, options.args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.group ?? false,
    ...(options.userId !== undefined && { uid: options.userId, gid: options.userId }),
  })
  let stdout = ''
  let stderr = ''
  const looks = new Set<() => void>()
  const heard = (): void => {
    for (const look of looks) look()
  }
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8')
    heard()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8')
    heard()
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  const untilSaid = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(stdout + stderr)
        if (found === null) return
        looks.delete(look)
        resolve(found)
      }
      looks.add(look)
      look()
      void ended.then(() => reject(new Error(`ended without ${String(pattern)}:\n${stdout}${stderr}`)))
    })
  return { child, said: () => stdout + stderr, untilSaid, ended }
}

export function runToEnd(options: Parameters<typeof startScript>[0]): Promise<Ended> {
  return startScript(options).ended
}
