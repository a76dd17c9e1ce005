/** `@livekit/agents` without a room, in a process of its own on the server's core, against the same providers. */
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { parseJson } from '../../packages/server/src/kernel/parse-json.ts'
import type { Samples } from './measure-turns.ts'
import { cores, type PinnedProcess, spawnPinned } from './pinned-process.ts'
import type { SentFinals } from './sent-finals.ts'

export type PeerRun = { readonly samplesMs: Samples } | { readonly missing: string }

const folder = new URL('../peers/livekit/', import.meta.url)
const turnSchema = z.object({ words: z.string(), atNs: z.string().transform((text) => BigInt(text)) })

/** @param options.minEndpointingMs what the peer adds to the provider's end of a turn; 500 by its own default */
export async function measurePeer(options: {
  providers: PinnedProcess
  finals: SentFinals
  turns: number
  minEndpointingMs: number
}): Promise<PeerRun> {
  const { providers, finals, turns, minEndpointingMs } = options
  if (!existsSync(new URL('node_modules/@livekit/agents', folder))) {
    return { missing: 'not installed; run: ONNXRUNTIME_NODE_INSTALL=skip npm ci --prefix bench/peers/livekit' }
  }
  const script = new URL('measure-turns.mjs', folder).pathname
  const child = spawnPinned(cores.server, [script, ...[providers.port, turns, minEndpointingMs].map(String)])
  let complaint = ''
  child.stderr?.on('data', (part: Buffer) => (complaint = (complaint + part.toString('utf8')).slice(-2000)))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const samplesMs: number[] = []
  if (child.stdout !== null) {
    for await (const line of createInterface(child.stdout)) {
      const turn = turnSchema.safeParse(parseJson(line))
      if (!turn.success) continue
      const { words, atNs } = turn.data
      samplesMs.push(Number(atNs - (await finals.sentAt(words))) / 1e6)
    }
  }
  const code = await ended
  if (code === 0 && samplesMs.length > 0) return { samplesMs }
  return { missing: `it ended with ${code}: ${complaint.trim().replaceAll(/\s+/g, ' ').slice(-300)}` }
}
