/**
 * Compiling, three times over: documents that were never seen before, one that was, as for each of its tests and each process of
 * sessions, and the zone files of the library with a ready policy.
 */
import { type PolicyDocument, zoneFileNames } from '@hyponema/contract'
import { compilePolicy, type PolicyLayer } from '@hyponema/policy'
import { readLibrary } from '../../packages/policy/src/test-harness/read-library.ts'
import { quantile, rounded } from './statistics.ts'

const runs = 8

/** `documentOf` gives another document for each number. */
export function timeCompile(documentOf: (round: number) => PolicyDocument) {
  const fresh = timed((round) => [{ layer: 'agent', document: documentOf(round) }])
  const again = timed(() => [{ layer: 'agent', document: documentOf(0) }])
  const library = [...zoneFileNames, 'clinic' as const].map(readLibrary)
  return { fresh, again, library: timed(() => library) }
}

function timed(layersOf: (round: number) => readonly PolicyLayer[]) {
  const samples = Array.from({ length: runs }, (_, round) => {
    const layers = layersOf(round)
    const [started, before] = [performance.now(), process.threadCpuUsage()]
    const result = compilePolicy({ layers, identity: { id: 'bench', version: 1, sha256: '' } })
    const tookMs = performance.now() - started
    const { user, system } = process.threadCpuUsage(before)
    if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
    return { tookMs, cpuMs: (user + system) / 1000 }
  })
  const tookMs = samples.map((sample) => sample.tookMs)
  return {
    runs,
    firstMs: rounded(tookMs[0] ?? 0),
    p50Ms: rounded(quantile(tookMs, 0.5)),
    maxMs: rounded(Math.max(...tookMs)),
    /** Of this thread alone: what it takes where nothing else runs. */
    mostCpuMs: rounded(Math.max(...samples.map(({ cpuMs }) => cpuMs))),
  }
}
