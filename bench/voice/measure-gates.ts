/**
 * What the gate costs, and what a slow one would: the product's beside an open one and one that takes 5 ms more for each sentence.
 * Each has a server of its own on the same core; they are asked in turns, the others idle.
 */
import { makeFreshHome, removeHome } from '../../test/end-to-end/server-process.ts'
import type { Parts } from './bench-parts.ts'
import { makeSpeech } from './bench-speech.ts'
import { callers, questionMs, type Samples } from './measure-turns.ts'
import { type SwappedGate, startMeasuredServer } from './measured-server.ts'
import { publishAgents } from './publish-agents.ts'

export type RunOfGates = Readonly<Record<'own' | SwappedGate, Samples>>

/** Of each server, not counted: what comes first compiles what the others find ready. */
const warmUpTurns = 30

export async function measureGates(parts: Parts, runs: number, turns: number): Promise<readonly RunOfGates[]> {
  const speech = await makeSpeech(questionMs)
  await using none = await startSwapped(parts, 'none')
  await using slow = await startSwapped(parts, 'slow')
  const variants = [['own', parts] as const, ['none', none.parts] as const, ['slow', slow.parts] as const]
  for (const [, its] of variants) await callers(its, speech, warmUpTurns)
  const measured: RunOfGates[] = []
  for (let run = 0; run < runs; run += 1) {
    const found: Record<keyof RunOfGates, Samples> = { own: [], none: [], slow: [] }
    const order = run % 2 === 0 ? variants : variants.toReversed()
    for (const [name, its] of order) found[name] = await callers(its, speech, turns)
    measured.push(found)
  }
  return measured
}

/** Its agents are published under the product's gate: to publish is to have the gate judge. */
async function startSwapped(parts: Parts, gate: SwappedGate): Promise<AsyncDisposable & { parts: Parts }> {
  const home = await makeFreshHome()
  const agents = await publishAgents(home, parts.providers)
  const server = await startMeasuredServer(home, parts.providers.port, { gate })
  return {
    parts: { ...parts, server, agents: agents.servedBy(server) },
    [Symbol.asyncDispose]: async () => {
      await server.stop()
      await removeHome(home)
    },
  }
}
