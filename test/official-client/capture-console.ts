import type { Recorder } from './client-recording.ts'

const levels = ['debug', 'log', 'info', 'warn', 'error'] as const

/** The official client and its socket write to the console and nowhere else. Returns what puts it back. */
export function captureConsole({ log }: Pick<Recorder, 'log'>): () => void {
  const { console } = globalThis
  const originals = levels.map((level) => [level, console[level]] as const)
  for (const level of levels) {
    Reflect.set(console, level, (...parts: readonly unknown[]) => log(level, parts.map(written).join(' ')))
  }
  return () => {
    for (const [level, original] of originals) Reflect.set(console, level, original)
  }
}

function written(part: unknown): string {
  if (typeof part === 'string') return part
  return part instanceof Error ? String(part) : JSON.stringify(part)
}
