import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

const prover = fileURLToPath(new URL('../../test/prover/prove-isolation.ts', import.meta.url))
const answerSchema = z.object({ seconds: z.number(), checks: z.int(), leaks: z.literal(0), not_probed: z.literal(0) })

export type Proof = z.infer<typeof answerSchema>

/** What `npm run prove:isolation` does, on a server of its own; that it begins and ends is not counted. */
export async function measureProver(): Promise<Proof> {
  const { stdout } = await promisify(execFile)(process.execPath, [prover, '--json'])
  return answerSchema.parse(JSON.parse(stdout))
}
