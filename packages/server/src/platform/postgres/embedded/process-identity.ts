import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Tells a process from a later one that got the same number: boot and start time. Undefined when no such process lives;
 * one that has ended and only waits to be collected (in containers nobody may ever do so) does not live.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return identityFromPs(pid)
  const [stat, boot] = await Promise.all([readOrNothing(`/proc/${pid}/stat`), bootId()])
  if (stat === undefined) return undefined
  // The name in brackets may hold anything, so the fields are counted from its end: state is the first, start the 20th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  const startTime = fields[19]
  if (state === undefined || startTime === undefined || 'ZX'.includes(state)) return undefined
  return `${boot}:${startTime}`
}

/** The program and its arguments with single spaces between, as `ps` shows them. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return ps(pid, 'args=')
  return (await readOrNothing(`/proc/${pid}/cmdline`))?.replace(/\0$/, '').replaceAll('\0', ' ')
}

async function identityFromPs(pid: number): Promise<string | undefined> {
  const line = await ps(pid, 'stat=,lstart=')
  if (line === undefined || line.startsWith('Z')) return undefined
  return line.replace(/^\S+\s+/, '')
}

async function ps(pid: number, columns: string): Promise<string | undefined> {
  try {
    const { stdout } = await run('/bin/ps', ['-ww', '-o', columns, '-p', String(pid)], { env: { LC_ALL: 'C' } })
    const line = stdout.trim()
    return line === '' ? undefined : line
  } catch {
    return undefined
  }
}

async function bootId(): Promise<string> {
  return (await readOrNothing('/proc/sys/kernel/random/boot_id'))?.trim() ?? 'unknown'
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
