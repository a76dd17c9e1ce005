/** Runs beside a test cluster: when the pipe from whoever started it closes, the server is stopped and its folder removed. */
import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { stopPostmaster } from '../platform/postgres/embedded/postmaster.ts'

const [pid = '', identity = '', folder = ''] = process.argv.slice(2)

process.stdin.resume()
process.stdin.on('error', () => undefined)
process.stdin.on('close', () => void end())

async function end(): Promise<void> {
  // Nothing of the data is wanted, so a second for open sessions is plenty.
  await stopPostmaster({ pid: Number(pid), identity }, 1_000)
  if (basename(folder).startsWith('hyponema-test-')) await rm(folder, { recursive: true, force: true })
}
