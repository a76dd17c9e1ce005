import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Binaries } from '../platform/postgres/embedded/native-binaries.ts'

const script = fileURLToPath(new URL('./run-embedded.ts', import.meta.url))

const reportSchema = z.union([
  z.object({ refused: z.string() }),
  z.object({
    address: z.object({ host: z.string(), port: z.number(), database: z.string(), tls: z.literal('off') }),
    dataFolder: z.string(),
    pid: z.number(),
    isNew: z.boolean(),
    wasAdopted: z.boolean(),
    password: z.string().optional(),
  }),
])

export type EmbeddedReport = Exclude<z.infer<typeof reportSchema>, { refused: string }>

/** The embedded server, started by a process of its own. */
export type EmbeddedProcess = {
  readonly pid: number
  /** What it said when it was ready; a refusal is thrown as an error. */
  readonly ready: Promise<EmbeddedReport>
  /** kill -9: nothing is stopped. */
  readonly kill: () => Promise<void>
  readonly stop: () => Promise<void>
}

export function startEmbeddedProcess(options: {
  homeFolder: string
  rootStateFolder: string
  settings?: readonly string[]
  binaries?: Binaries
  user?: { userId: number; groupId: number }
}): EmbeddedProcess {
  const { folder, version } = options.binaries ?? { folder: '', version: '' }
  const args = [script, options.homeFolder, options.rootStateFolder, folder, version, ...(options.settings ?? [])]
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(options.user && { uid: options.user.userId, gid: options.user.groupId }),
  })
  const ended = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    ready: readReport(child.stdout),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
    stop: async () => {
      child.stdin.end()
      await ended
    },
  }
}

async function readReport(stream: NodeJS.ReadableStream): Promise<EmbeddedReport> {
  for await (const line of createInterface(stream)) {
    const report = reportSchema.parse(JSON.parse(line))
    if ('refused' in report) throw new Error(report.refused)
    return report
  }
  throw new Error('the embedded process said nothing')
}
