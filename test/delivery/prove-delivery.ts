/**
 * `npm run prove:delivery -- [--kills 50] [--seed N] [--json]`: kills the worker with -9 at random points under load, against
 * a receiver that fails at random. One line a finding, then the counts and the seed.
 * Exit: 0 every event arrived and nothing changed, 1 anything else, 2 it cannot be run as it was asked.
 *
 * HYPONEMA_TEST_POSTGRES_BIN names the folder of other PostgreSQL binaries.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { openScratchServer } from '../../packages/server/src/test-harness/scratch-server.ts'
import { readBinaries } from '../harness/read-binaries.ts'
import { runDeliveryProof } from './run-delivery-proof.ts'

const usage = 'npm run prove:delivery -- [--kills 50] [--seed N] [--json]'
const flagsSchema = z.object({
  kills: z.coerce.number().int().min(1).max(10_000).default(50),
  seed: z.coerce.number().int().min(0).max(0xffff_ffff).optional(),
  json: z.boolean().default(false),
})

process.exitCode = await run()

async function run(): Promise<number> {
  const flags = readFlags()
  if (flags === undefined) {
    process.stderr.write(`${usage}\n`)
    return 2
  }
  const { kills, json, seed = randomInt(0xffff_ffff) } = flags
  const folder = process.env['HYPONEMA_TEST_POSTGRES_BIN']
  const binaries = folder === undefined ? undefined : await readBinaries(folder)
  const scratch = await openScratchServer({ url: undefined, binaries })
  try {
    const onProgress = (sentence: string): void => void process.stderr.write(`${sentence}\n`)
    const proof = await runDeliveryProof(scratch, { kills, seed, onProgress })
    const { events, owed, arrivals, repeated, seconds, findings } = proof
    const counts = `${kills} kills in ${seconds} s on PostgreSQL ${scratch.version}, seed ${seed}: ${events} events, ${owed} deliveries owed, ${arrivals} requests, ${repeated} of them repeated, ${findings.length} findings`
    process.stdout.write(json ? `${JSON.stringify(proof)}\n` : [...findings, counts, ''].join('\n'))
    return findings.length === 0 && events > 0 ? 0 : 1
  } catch (error) {
    process.stderr.write(`seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    // A proof that fell over has proved nothing.
    return 1
  } finally {
    await scratch.close()
  }
}

function readFlags(): z.infer<typeof flagsSchema> | undefined {
  try {
    const { values } = parseArgs({
      options: { kills: { type: 'string' }, seed: { type: 'string' }, json: { type: 'boolean' } },
    })
    return flagsSchema.safeParse(values).data
  } catch {
    return undefined
  }
}
