import { readFile } from 'node:fs/promises'
import { StartupRefusal } from '../kernel/startup-refusal.ts'

/** The text of a file that somebody named on the command line. Throws StartupRefusal, which says why it cannot be read. */
export async function readNamedFile(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new StartupRefusal(`${file} cannot be read: ${error instanceof Error ? error.message : 'unknown error'}`)
  })
}
