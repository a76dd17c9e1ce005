/** Ours, the control and the peer in turns, so that a noisy minute of a shared machine is a noisy minute for all of them. */
import type { BenchFlags } from './bench-flags.ts'
import type { Parts } from './bench-parts.ts'
import { measurePeer, type PeerRun } from './measure-peer.ts'
import { measureTurns, type RunOfTurns, type Samples } from './measure-turns.ts'
import { cores, startPinned } from './pinned-process.ts'
import { notMeasured, peerRows, type Row, turnRows, usualPeerRow } from './report-rows.ts'

/** Half a second of waiting in each needs no more of them. */
const usualTurns = 50

export async function compareTurns(parts: Parts, flags: BenchFlags): Promise<readonly Row[]> {
  const echo = [`ws://127.0.0.1:${parts.providers.port}/echo`]
  const relay = await startPinned(new URL('./bench-relay.ts', import.meta.url), cores.server, echo)
  const ours: RunOfTurns[] = []
  const theirs: PeerRun[] = []
  const own = async (run: number): Promise<void> => {
    const options = { ...parts, relayPort: relay.port, turns: flags.turns, controlFirst: run % 2 === 1 }
    ours.push(await measureTurns(options))
  }
  const peer = async (minEndpointingMs: number, turns: number): Promise<PeerRun> =>
    flags.hasPeer ? measurePeer({ ...parts, turns, minEndpointingMs }) : { missing: 'left out' }
  try {
    // Not counted: what comes first compiles what the others find ready.
    await measureTurns({ ...parts, relayPort: relay.port, turns: warmUpTurns, controlFirst: true })
    for (let run = 0; run < flags.runs; run += 1) {
      if (run % 2 === 0) await own(run)
      theirs.push(await peer(0, flags.turns))
      if (run % 2 === 1) await own(run)
    }
    const usual = await peer(500, Math.min(flags.turns, usualTurns))
    return [...turnRows(ours), ...rowsOfPeer(theirs, usual, ours)]
  } finally {
    relay.child.kill()
  }
}

const warmUpTurns = 50

function rowsOfPeer(runs: readonly PeerRun[], usual: PeerRun, ours: readonly RunOfTurns[]): readonly Row[] {
  const samples: Samples[] = []
  for (const run of [...runs, usual]) {
    if ('missing' in run) return [notMeasured('@livekit/agents', run.missing)]
    samples.push(run.samplesMs)
  }
  return [...peerRows(samples.slice(0, -1), ours), usualPeerRow(samples.slice(-1))]
}
