import { readFile } from 'node:fs/promises'

/** Node fills 100 MB in that time at worst; what grows faster meets the kernel's own bound (`parserCommand`). */
const everyMs = 50

/**
 * Calls `onOver` when a process holds more memory than it may, where the system tells (Linux). Elsewhere its heap and its output
 * are bounded, and what lies beside the heap is not.
 * @returns what ends the watch
 */
export function watchMemory(pid: number | undefined, residentMb: number, onOver: () => void): () => void {
  if (process.platform !== 'linux' || pid === undefined) return () => undefined
  const timer = setInterval(() => void look(), everyMs)
  const look = async (): Promise<void> => {
    // Gone between two looks.
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    const residentKb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
    if (residentKb > residentMb * 1024) onOver()
  }
  return () => clearInterval(timer)
}
