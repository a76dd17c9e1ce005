import { readdirSync, readFileSync } from 'node:fs'

/** The processes of this one (or of another) that read documents; on Linux only. */
export function parserChildren(parent = process.pid): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.filter((pid) => isParserOf(pid, parent)).map(Number)
}

export function isAlive(pid: number): boolean {
  return stateOf(String(pid)) !== undefined
}

function isParserOf(pid: string, parent: number): boolean {
  const fields = stateOf(pid)
  if (fields === undefined || Number(fields[1]) !== parent) return false
  return read(`/proc/${pid}/cmdline`)?.includes('parser-process') === true
}

/** State, parent and what follows; undefined where it has ended. */
function stateOf(pid: string): readonly string[] | undefined {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields === undefined || 'ZX'.includes(fields[0] ?? 'X') ? undefined : fields
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
