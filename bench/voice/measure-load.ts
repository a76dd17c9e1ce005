/** How many sessions a core carries: more and more callers, all microphones up, agents speaking two fifths of the time. */
import { setTimeout as pause } from 'node:timers/promises'
import { quantile } from '../policy/statistics.ts'
import { makeSpeech } from './bench-speech.ts'
import type { Caller } from './measure-turns.ts'
import type { MeasuredServer } from './measured-server.ts'
import { SpokenCaller } from './spoken-caller.ts'
import { VoiceLine } from './voice-line.ts'

export type LoadStep = {
  readonly sessions: number
  /** That were answered while it was measured, and how many would have been at the pace of the callers. */
  readonly turns: number
  readonly expectedTurns: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly serverCpu: number
  /** Callers to whom an answer did not come at all. */
  readonly unanswered: number
  /** By how much the load generator itself was late at worst; beyond 20 ms the figure is its own as well. */
  readonly generatorLateMs: number
  /** What the first of two measurements found, where that one missed. */
  readonly missedWithP95Ms: number | undefined
}

const stepSessions = 25
const stepMs = 13_000
/** 100 characters of 24 ms are 2.4 s of speech in a cycle of six. */
const cycleMs = 6000
const questionMs = 1200
const goalP95Ms = 50

/** What comes too late to be among the samples must not make them look better. */
const leastShareOfTurns = 0.9

export function isCarried({ p95Ms, unanswered, turns, expectedTurns }: LoadStep): boolean {
  return p95Ms <= goalP95Ms && unanswered === 0 && turns >= leastShareOfTurns * expectedTurns
}

export async function measureLoad(
  options: Caller & { server: MeasuredServer },
  maxSessions: number,
): Promise<readonly LoadStep[]> {
  const { agents, finals, microphones } = options
  const speech = await makeSpeech(questionMs)
  const callers: SpokenCaller[] = []
  const stop = new AbortController()
  const talking: Promise<void>[] = []
  const steps: LoadStep[] = []
  let unanswered = 0
  while (callers.length < maxSessions && steps.every(isCarried)) {
    for (let nth = 0; nth < stepSessions; nth += 1) {
      const line = await VoiceLine.open(await agents.createSession('steady'), callers.length)
      const caller = new SpokenCaller(line, finals, microphones)
      callers.push(caller)
      const talks = talkOn(caller, speech, (nth * cycleMs) / stepSessions, stop.signal)
      talking.push(talks.catch(() => void (unanswered += 1)))
    }
    // Until the new ones talk like the others, and the server has compiled what it does all the time.
    await pause(steps.length === 0 ? 2 * cycleMs : cycleMs)
    const measured = async (missedWithP95Ms?: number): Promise<LoadStep> => ({
      ...(await measureStep(callers, options)),
      unanswered,
      missedWithP95Ms,
    })
    const first = await measured()
    // A shared machine has bad moments: what misses has to miss twice.
    steps.push(isCarried(first) ? first : await measured(first.p95Ms))
  }
  stop.abort()
  await Promise.all(talking)
  await Promise.all(callers.map((caller) => caller.hangUp()))
  return steps
}

async function measureStep(
  callers: readonly SpokenCaller[],
  { microphones, server }: Caller & { server: MeasuredServer },
): Promise<Omit<LoadStep, 'unanswered' | 'missedWithP95Ms'>> {
  for (const caller of callers) caller.latenciesMs.length = 0
  microphones.takeLateMs()
  const [cpuBefore, startedMs] = [server.cpuSeconds(), performance.now()]
  await pause(stepMs)
  const samples = callers.flatMap(({ latenciesMs }) => latenciesMs)
  return {
    sessions: callers.length,
    turns: samples.length,
    expectedTurns: Math.floor((callers.length * stepMs) / cycleMs),
    p50Ms: quantile(samples, 0.5),
    p95Ms: quantile(samples, 0.95),
    serverCpu: ((server.cpuSeconds() - cpuBefore) * 1000) / (performance.now() - startedMs),
    generatorLateMs: microphones.takeLateMs(),
  }
}

async function talkOn(
  caller: SpokenCaller,
  speech: readonly Uint8Array[],
  afterMs: number,
  signal: AbortSignal,
): Promise<void> {
  await pause(afterMs)
  while (!signal.aborted) {
    const startedMs = performance.now()
    await caller.ask(speech)
    await pause(Math.max(0, cycleMs - (performance.now() - startedMs)))
  }
}
