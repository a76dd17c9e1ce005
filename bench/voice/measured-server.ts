import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { freePort } from '../../test/end-to-end/server-process.ts'
import { serverFlags } from '../../tools/node-flags.mjs'
import { cores, pinRunning, spawnPinned } from './pinned-process.ts'
import { cpuSeconds, descendants, residentMb } from './process-figures.ts'
import { type HeapMb, readHeap } from './server-heap.ts'

const main = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url))
const gateSwap = new URL('./swap-gate.ts', import.meta.url).href
const startWithinMs = 90_000
/** Any free port of loopback. */
const inspection = ['--expose-gc', '--inspect=127.0.0.1:0']
const demoSchema = z.object({ api_key: z.string() })

/** `none` lets everything through, `slow` takes 5 ms more for each sentence (bench-gate.ts). */
export type SwappedGate = 'none' | 'slow'

/** Our server as `npm start` runs it, all threads on its own core; its PostgreSQL is moved to the other one. */
export type MeasuredServer = {
  readonly url: string
  readonly apiKey: string
  /** From the start of the process until it says that it is ready. */
  readonly readyMs: number
  readonly residentMb: () => number
  readonly cpuSeconds: () => number
  /** Only of a server that was started to be inspected. */
  readonly heap: () => Promise<HeapMb>
  readonly stop: () => Promise<void>
}

export async function startMeasuredServer(
  home: string,
  providersPort: number,
  options: { inspected?: boolean; gate?: SwappedGate; profileFolder?: string | undefined } = {},
): Promise<MeasuredServer> {
  const { inspected = false, gate, profileFolder } = options
  const port = await freePort()
  const startedMs = performance.now()
  const flags = [
    ...serverFlags,
    ...(inspected ? inspection : []),
    ...(gate === undefined ? [] : ['--import', gateSwap]),
    ...(profileFolder === undefined
      ? []
      : ['--cpu-prof', '--cpu-prof-dir', profileFolder, '--cpu-prof-interval', '200']),
  ]
  const child = spawnPinned(cores.server, [...flags, main, 'start'], {
    environment: {
      ...(gate === undefined ? {} : { BENCH_GATE: gate }),
      HYPONEMA_HOME: home,
      HYPONEMA_PORT: String(port),
      HYPONEMA_OUTBOUND_ALLOW: `http://127.0.0.1:${providersPort},ws://127.0.0.1:${providersPort}`,
      NODE_COMPILE_CACHE: join(home, 'compile-cache'),
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (part: Buffer) => (output = (output + part.toString('utf8')).slice(-20_000)))
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  while (!output.includes('is ready')) {
    if (child.exitCode !== null || performance.now() - startedMs > startWithinMs)
      throw new Error(`the server did not start: ${output}`)
    await pause(5)
  }
  const readyMs = performance.now() - startedMs
  // taskset becomes the server, so that the child's number is the server's.
  const pid = child.pid ?? 0
  pinRunning(descendants(pid), cores.rest)
  const { api_key: apiKey } = demoSchema.parse(JSON.parse(await readFile(join(home, 'demo.json'), 'utf8')))
  return {
    url: `http://127.0.0.1:${port}`,
    apiKey,
    readyMs,
    residentMb: () => residentMb(pid),
    cpuSeconds: () => cpuSeconds(pid),
    heap: () => readHeap(/ws:\/\/127\.0\.0\.1:\d+\/\S+/.exec(output)?.[0] ?? ''),
    stop: async () => {
      child.kill('SIGINT')
      await exited
    },
  }
}

export async function createOperatorToken(home: string): Promise<string> {
  const child = spawnPinned(cores.rest, [main, 'operator-token', 'create'], { environment: { HYPONEMA_HOME: home } })
  let output = ''
  child.stdout?.on('data', (part: Buffer) => (output += part.toString('utf8')))
  await new Promise<void>((resolve) => child.once('close', () => resolve()))
  return output.trim()
}
