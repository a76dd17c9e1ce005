/** Final transcript to first audio byte at the client, in turns with a bare relay that stands where the server stands. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { makeSpeech, silentFrame } from './bench-speech.ts'
import type { Microphones } from './microphones.ts'
import type { SentFinals } from './sent-finals.ts'
import { SpokenCaller } from './spoken-caller.ts'
import type { VoiceAgents } from './voice-agents.ts'
import { VoiceLine } from './voice-line.ts'

export type Samples = readonly number[]
export type RunOfTurns = { readonly oursMs: Samples; readonly controlMs: Samples }

export type Caller = { agents: VoiceAgents; finals: SentFinals; microphones: Microphones }

/** Callers that talk at the same time; their turns are 10 ms of computing in each second, so that they seldom meet. */
const callersAtOnce = 2
/** Then new sessions begin: histories stay as long as those of real calls. */
const turnsPerSession = 25
/** Of a new session; its connections are young. */
const warmUpTurns = 2
/** Long enough to be told from noise. */
export const questionMs = 500

/** One run. Who goes first alternates from run to run, so that neither always meets a quiet machine. */
export async function measureTurns(
  options: Caller & { relayPort: number; turns: number; controlFirst: boolean },
): Promise<RunOfTurns> {
  const { relayPort, turns, controlFirst } = options
  const speech = await makeSpeech(questionMs)
  const relay = new WebSocket(`ws://127.0.0.1:${relayPort}`, { perMessageDeflate: false })
  await once(relay, 'message')
  const [oursMs, controlMs]: [number[], number[]] = [[], []]
  while (oursMs.length < turns) {
    const count = Math.min(turnsPerSession * callersAtOnce, turns - oursMs.length)
    if (controlFirst) controlMs.push(...(await echoes(relay, count)))
    oursMs.push(...(await callers(options, speech, count)))
    if (!controlFirst) controlMs.push(...(await echoes(relay, count)))
  }
  relay.close()
  return { oursMs, controlMs }
}

/** Turns of some sessions at the same time; those that warm up each of them are left out. */
export async function callers(options: Caller, speech: readonly Uint8Array[], count: number): Promise<Samples> {
  const each = Math.ceil(count / callersAtOnce)
  const all = await Promise.all(
    Array.from({ length: callersAtOnce }, (_, nth) => oneSession(options, speech, each, nth)),
  )
  return all.flat().slice(0, count)
}

async function oneSession(
  { agents, finals, microphones }: Caller,
  speech: readonly Uint8Array[],
  count: number,
  nth: number,
): Promise<Samples> {
  const line = await VoiceLine.open(await agents.createSession('quick'), nth)
  const caller = new SpokenCaller(line, finals, microphones)
  for (let turn = 0; turn < warmUpTurns + count; turn += 1) await caller.ask(speech)
  await caller.hangUp()
  return caller.latenciesMs.slice(warmUpTurns)
}

/** To the relay, on to the providers' echo, and the same way back: four messages, with the sound of 20 ms each. */
async function echoes(relay: WebSocket, count: number): Promise<Samples> {
  const samples: number[] = []
  for (let nth = 0; nth < count; nth += 1) {
    const startedNs = process.hrtime.bigint()
    const back = once(relay, 'message')
    relay.send(silentFrame)
    await back
    samples.push(Number(process.hrtime.bigint() - startedNs) / 1e6)
  }
  return samples
}
