import { quantile, rounded } from '../policy/statistics.ts'
import type { Blocked } from './measure-blocked.ts'
import type { RunOfGates } from './measure-gates.ts'
import { isCarried, type LoadStep } from './measure-load.ts'
import type { IdleSessions, ManySessions, Memory } from './measure-sessions.ts'
import type { RunOfTurns, Samples } from './measure-turns.ts'
import { leastPairs, pairedRatio, verdictOf } from './paired-ratios.ts'

/** One figure beside its goal. Without a figure it says why. */
export type Row = {
  readonly what: string
  readonly unit: string
  readonly found: number | undefined
  /** `atMost` unless it says otherwise; undefined where the figure is there to compare with. */
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number }
  /** Where the figure alone does not say it. */
  readonly verdict?: 'met' | 'MISSED' | 'undecided'
  readonly note?: string
}

export const notMeasured = (what: string, reason: string): Row => ({
  what,
  unit: '',
  found: undefined,
  note: `not measured: ${reason}`,
})

/** Each found as the median of the runs, with the runs' range beside it. */
export function turnRows(runs: readonly RunOfTurns[]): readonly Row[] {
  const row = (who: 'oursMs' | 'controlMs', share: number, goal?: { atMost: number }): Row => {
    const name = who === 'oursMs' ? 'final transcript to first audio byte' : 'control: echo through a bare relay'
    const samples = runs.map((run) => run[who])
    return { what: `${name}, p${share * 100}`, unit: 'ms', ...overRuns(samples, share), ...(goal ? { goal } : {}) }
  }
  return [
    row('oursMs', 0.5, { atMost: 2.5 }),
    row('oursMs', 0.95, { atMost: 6 }),
    row('controlMs', 0.5),
    row('controlMs', 0.95),
  ]
}

export function peerRows(runs: readonly Samples[], ours: readonly RunOfTurns[]): readonly Row[] {
  const row = (share: number): Row => ({
    what: `@livekit/agents, one caller, no VAD, p${share * 100}`,
    unit: 'ms',
    ...overRuns(runs, share),
  })
  return [row(0.5), row(0.95), ratioRow(runs, ours, 0.5), ratioRow(runs, ours, 0.95)]
}

/** Of runs that alternated: the first of ours beside the first of theirs. */
function ratioRow(theirs: readonly Samples[], ours: readonly RunOfTurns[], share: number): Row {
  const pairs = theirs.map(
    (samples, at) => [quantile(ours[at]?.oursMs ?? [], share), quantile(samples, share)] as const,
  )
  const ratio = pairedRatio(pairs)
  const [low, high] = ratio.interval.map(rounded)
  return {
    what: `ours to the peer's, p${share * 100}`,
    unit: 'x',
    found: rounded(ratio.median),
    goal: { atMost: peerGoal },
    verdict: verdictOf(ratio, peerGoal),
    note: `median of ${ratio.pairs} pairs, ${low} to ${high}${ratio.pairs < leastPairs ? '; fewer than 10 give no verdict' : ' with 95 % confidence'}`,
  }
}

const peerGoal = 0.5

export function usualPeerRow(runs: readonly Samples[]): Row {
  const what = '@livekit/agents as it comes, with its 500 ms, p50'
  return { what, unit: 'ms', ...overRuns(runs, 0.5) }
}

function overRuns(runs: readonly Samples[], share: number): { found: number; note: string } {
  const each = runs.map((samples) => quantile(samples, share))
  const range = `${rounded(Math.min(...each))} to ${rounded(Math.max(...each))}`
  const turns = runs.reduce((sum, { length }) => sum + length, 0)
  const silent = runs.flat().filter((ms) => ms === Number.POSITIVE_INFINITY).length
  const note = `median of ${runs.length} runs, ${range}; ${turns} samples${silent === 0 ? '' : `, ${silent} without any sound`}`
  return { found: rounded(quantile(each, 0.5)), note }
}

export function gateRows(runs: readonly RunOfGates[]): readonly Row[] {
  const row = (what: string, name: keyof RunOfGates, goal?: { atMost: number }): Row => {
    const samples = runs.map((run) => run[name])
    return { what: `${what}, p50`, unit: 'ms', ...overRuns(samples, 0.5), ...(goal ? { goal } : {}) }
  }
  const medians = (run: RunOfGates, name: keyof RunOfGates): number => quantile(run[name], 0.5)
  const ratio = pairedRatio(runs.map((run) => [medians(run, 'own'), medians(run, 'none')]))
  const [low, high] = ratio.interval.map(rounded)
  return [
    row('with the gate of the product', 'own'),
    row('with an open gate', 'none'),
    {
      what: 'the gate to an open one, p50',
      unit: 'x',
      found: rounded(ratio.median),
      note: `median of ${ratio.pairs} pairs, ${low} to ${high}: its cost is ${verdictOf(ratio, 1) === 'MISSED' ? 'seen' : 'undecided'}`,
    },
    row('with a check of 5 ms per sentence', 'slow', { atMost: 5 + 4 }),
  ]
}

/** @param control the same without a rule: a row that shows nothing of that leak could not have shown another */
export function blockedRows(found: Blocked, control: Blocked): readonly Row[] {
  const row = (what: string, unit: string, part: keyof Blocked): Row =>
    control[part] > 0
      ? { what, unit, found: found[part], goal: { atMost: 0 }, note: `without the rule: ${control[part]}` }
      : notMeasured(what, 'it did not see the leak of the control')
  return [
    row('blocked text: audio beyond the line', 'ms', 'audioMsBeyond'),
    row('blocked text: characters in all frames', '', 'charactersInFrames'),
    row('blocked text: characters in the transcript', '', 'charactersInTranscript'),
  ]
}

export function startRows(readyMs: Samples, residentMb: Samples): readonly Row[] {
  return [
    {
      what: 'ready to serve, warm, its PostgreSQL included',
      unit: 'ms',
      found: rounded(quantile(readyMs, 0.5)),
      goal: { atMost: 700 },
      note: `median of ${readyMs.length} starts`,
    },
    {
      what: 'base memory, resident',
      unit: 'MB',
      found: rounded(quantile(residentMb, 0.5)),
      goal: { atMost: 130 },
      note: 'the server, without its PostgreSQL',
    },
  ]
}

export function idleRows({ sessions, before, during }: IdleSessions): readonly Row[] {
  const row = (what: string, part: keyof Memory, goal?: { atMost: number }): Row => ({
    what: `idle session, ${what}`,
    unit: 'KB',
    found: rounded(((during[part] - before[part]) * 1024) / sessions),
    ...(goal ? { goal } : {}),
    note: `of ${sessions} sessions, after a collection`,
  })
  return [
    row('JS heap', 'heap', { atMost: 64 }),
    row('heap, external and buffers', 'held', { atMost: 128 }),
    row('resident memory', 'resident'),
  ]
}

export function manyRows({ sessions, warmUp, end, closeMs }: ManySessions): readonly Row[] {
  const growth = (what: string, part: keyof Memory): Row => ({
    what: `${sessions} sessions: growth of ${what}`,
    unit: '%',
    found: rounded((end[part] / warmUp[part] - 1) * 100),
    goal: { atMost: 2 },
    note: `since the first ${Math.min(200, Math.ceil(sessions / 2))}: ${rounded(warmUp[part])} to ${rounded(end[part])} MB`,
  })
  return [
    growth('resident memory', 'resident'),
    growth('heap and external', 'held'),
    { what: 'close, p50', unit: 'ms', found: rounded(quantile(closeMs, 0.5)) },
    { what: 'close, p95', unit: 'ms', found: rounded(quantile(closeMs, 0.95)), goal: { atMost: 50 } },
  ]
}

/** A generator that is late by more than a frame adds to what it measures. */
const frameMs = 20

export function loadRows(steps: readonly LoadStep[]): readonly Row[] {
  const each = steps.map(
    ({
      sessions,
      turns,
      expectedTurns,
      p50Ms,
      p95Ms,
      serverCpu,
      unanswered,
      generatorLateMs,
      missedWithP95Ms,
    }): Row => ({
      what: `${sessions} sessions at once, p95`,
      unit: 'ms',
      found: rounded(p95Ms),
      note: `p50 ${rounded(p50Ms)}, server ${Math.round(serverCpu * 100)} % of its core, ${turns} of ${expectedTurns} turns${unanswered === 0 ? '' : `, ${unanswered} callers left without an answer`}, generator late ${generatorLateMs} ms at most${missedWithP95Ms === undefined ? '' : `; measured again after ${rounded(missedWithP95Ms)} ms`}`,
    }),
  )
  const carried = steps.findLast(isCarried)?.sessions ?? 0
  const end = steps.find((step) => !isCarried(step))
  const note =
    end === undefined
      ? 'as many as were tried: it may be more'
      : end.generatorLateMs > frameMs
        ? `at ${end.sessions} the load generator was late itself, by ${end.generatorLateMs} ms: it may be more`
        : 'steps of 25'
  return [
    ...each,
    { what: 'sessions on one core with p95 <= 50 ms', unit: '', found: carried, goal: { atLeast: 250 }, note },
  ]
}

export function printRow({ what, unit, found, goal, verdict: given, note = '' }: Row): string {
  if (found === undefined) return `${what.padEnd(48)} ${note}`
  const figure = `${String(found).padStart(8)} ${unit.padEnd(3)}`
  if (goal === undefined) return `${what.padEnd(48)} ${figure} ${' '.repeat(20)} ${note}`
  const [sign, bound, isMet] =
    'atMost' in goal ? ['<=', goal.atMost, found <= goal.atMost] : ['>=', goal.atLeast, found >= goal.atLeast]
  const judged = given ?? (isMet ? 'met' : 'MISSED')
  const verdict = `goal ${sign} ${bound}${judged === 'met' ? '' : ` ${judged}`}`
  return `${what.padEnd(48)} ${figure} ${verdict.padEnd(20)} ${note}`
}
