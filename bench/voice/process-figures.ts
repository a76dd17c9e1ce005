/** What the kernel knows about a process (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs'

/** Of a second: the unit of the times in /proc; 100 on every Linux of today. */
const ticksPerSecond = 100

export function residentMb(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(found ?? 0) / 1024
}

/** Of all threads, user and system. */
export function cpuSeconds(pid: number): number {
  const [user = 0, system = 0] = statFields(pid).slice(11, 13).map(Number)
  return (user + system) / ticksPerSecond
}

/** Children and theirs, the nearest first. */
export function descendants(pid: number): readonly number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const each = Number(name)
    if (!Number.isInteger(each)) continue
    try {
      parents.set(each, Number(statFields(each)[1]))
    } catch {
      // It has ended.
    }
  }
  const below = (of: number): number[] =>
    [...parents].flatMap(([child, parent]) => (parent === of ? [child, ...below(child)] : []))
  return below(pid)
}

/** The third field (state) and those behind it; the name before may hold blanks. */
function statFields(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}
