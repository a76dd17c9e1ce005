import { createReadStream } from 'node:fs'
import { StartupRefusal } from '../kernel/startup-refusal.ts'

/**
 * The lines of a file that end with a line feed and with nothing else: what canonical JSON leaves as it is, such as U+2028, ends
 * none, though it does for `readline`. Throws a `StartupRefusal` where the file cannot be read.
 */
export async function* linesOfFile(file: string): AsyncGenerator<string> {
  let rest = ''
  try {
    for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
      const lines = `${rest}${String(chunk)}`.split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (error) {
    throw new StartupRefusal(`${file} cannot be read: ${error instanceof Error ? error.message : 'unknown error'}`)
  }
  if (rest !== '') yield rest
}
