import { spawn } from 'node:child_process'
import type { FencedBlock } from './fenced-blocks.ts'
import { root } from './pages.ts'

const deadlineMs = 60_000
const marker = '@@ next block @@'

/** What each block printed, in order. */
export type BlockOutputs = readonly string[]

/**
 * Runs shell blocks one after the other in one shell, as a reader who pastes them into a terminal does; unlike there, the
 * first command that fails ends it. Throws with everything that was printed.
 */
export async function runBlocks(
  blocks: readonly Pick<FencedBlock, 'text'>[],
  environment: Readonly<Record<string, string>>,
): Promise<BlockOutputs> {
  const { DATABASE_URL: _database, NODE_OPTIONS: _options, ...inherited } = process.env
  const script = blocks.map(({ text }) => `${text}\necho '${marker}'`).join('\n')
  const child = spawn('sh', ['-euc', script], {
    cwd: root,
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: deadlineMs,
  })
  let [printed, complaints] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString('utf8')))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const outputs = printed.split(`${marker}\n`)
  if (code !== 0)
    throw new Error(`block ${outputs.length} of ${blocks.length} ended with ${code}:\n${printed}${complaints}`)
  return outputs.slice(0, -1)
}
