import { makeFreshHome, removeHome } from '../../test/end-to-end/server-process.ts'
import { type BenchFlags, type RowName, rowNames } from './bench-flags.ts'
import type { Parts } from './bench-parts.ts'
import { compareTurns } from './compare-turns.ts'
import { measureBlocked } from './measure-blocked.ts'
import { measureGates } from './measure-gates.ts'
import { measureLoad } from './measure-load.ts'
import { measureIdleSessions, measureManySessions } from './measure-sessions.ts'
import { startMeasuredServer } from './measured-server.ts'
import { Microphones } from './microphones.ts'
import { cores, type PinnedProcess, pinRunning, startPinned } from './pinned-process.ts'
import { publishAgents } from './publish-agents.ts'
import { blockedRows, gateRows, idleRows, loadRows, manyRows, notMeasured, type Row, startRows } from './report-rows.ts'
import { SentFinals } from './sent-finals.ts'
import type { VoiceAgents } from './voice-agents.ts'

/** How each of them is measured. Both that look at memory look into the server; nothing else does. */
const measurements: Readonly<Record<RowName, (parts: Parts, flags: BenchFlags) => Promise<readonly Row[]>>> = {
  turns: compareTurns,
  blocked: async ({ agents }) =>
    blockedRows(await measureBlocked(agents, 'judged'), await measureBlocked(agents, 'unjudged')),
  gates: async (parts, { runs, turns }) => gateRows(await measureGates(parts, runs, turns)),
  idle: async (parts, { idleSessions }) => idleRows(await measureIdleSessions(parts, idleSessions)),
  many: async (parts, { sessions }) => manyRows(await measureManySessions(parts, sessions)),
  load: async (parts, { maxSessions }) => loadRows(await measureLoad(parts, maxSessions)),
}
const inspected: ReadonlySet<RowName> = new Set(['idle', 'many'])

/** Everything that is asked for, and afterwards nothing of it is left. */
export async function measureRows(flags: BenchFlags): Promise<readonly Row[]> {
  pinRunning([process.pid], cores.rest)
  const providers = await startPinned(new URL('./bench-providers.ts', import.meta.url), cores.rest)
  const home = await makeFreshHome()
  try {
    const bench = new Bench(home, providers, await publishAgents(home, providers))
    const rows: Row[] = []
    for (const name of rowNames) if (flags.wants(name)) rows.push(...(await bench.measure(name, flags)))
    return [...rows, ...startRows(bench.readyMs, bench.residentMb)]
  } finally {
    providers.child.kill()
    await removeHome(home)
  }
}

class Bench {
  /** Of every warm start. */
  readonly readyMs: number[] = []
  readonly residentMb: number[] = []
  readonly #home: string
  readonly #providers: PinnedProcess
  readonly #finals: SentFinals
  readonly #agents: VoiceAgents

  constructor(home: string, providers: PinnedProcess, agents: VoiceAgents) {
    this.#home = home
    this.#providers = providers
    this.#finals = new SentFinals(providers.child)
    this.#agents = agents
  }

  /** Each measurement begins with a young server: what an earlier one has warmed or left behind changes nothing. */
  async measure(name: RowName, flags: BenchFlags): Promise<readonly Row[]> {
    const isInspected = inspected.has(name)
    const server = await startMeasuredServer(this.#home, this.#providers.port, {
      inspected: isInspected,
      profileFolder: flags.profileFolder,
    })
    if (!isInspected) {
      this.readyMs.push(server.readyMs)
      this.residentMb.push(server.residentMb())
    }
    const microphones = new Microphones()
    try {
      const agents = this.#agents.servedBy(server)
      const parts = { agents, server, providers: this.#providers, finals: this.#finals, microphones }
      return await measurements[name](parts, flags)
    } catch (error) {
      return [notMeasured(name, error instanceof Error ? error.message : String(error))]
    } finally {
      microphones.stop()
      await server.stop()
    }
  }
}
