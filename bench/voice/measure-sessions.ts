/** What sessions leave behind: many opened, one turn each, closed; and what an idle one takes. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Samples } from './measure-turns.ts'
import type { MeasuredServer } from './measured-server.ts'
import type { VoiceAgents } from './voice-agents.ts'
import { VoiceLine, within } from './voice-line.ts'

type Inspected = { readonly agents: VoiceAgents; readonly server: MeasuredServer }

/** Megabytes, after a full collection. */
export type Memory = { readonly resident: number; readonly heap: number; readonly held: number }

export type ManySessions = {
  readonly sessions: number
  readonly warmUp: Memory
  readonly end: Memory
  readonly closeMs: Samples
}

/** After these the memory has to stay as it is. */
const warmUpSessions = 200
/** At the same time; the rest of the machine is busy with them. */
const atOnce = 4
/** For what is freed late: timers, closed sockets. */
const settleMs = 3000

export async function measureManySessions({ agents, server }: Inspected, sessions: number): Promise<ManySessions> {
  const closeMs: number[] = []
  let opened = 0
  const openUntil = async (last: number): Promise<void> => {
    const worker = async (): Promise<void> => {
      while (opened < last) {
        opened += 1
        closeMs.push(await oneTurn(agents, opened))
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
  }
  await openUntil(Math.min(warmUpSessions, Math.ceil(sessions / 2)))
  const warmUp = await memory(server)
  await openUntil(sessions)
  return { sessions, warmUp, end: await memory(server), closeMs }
}

async function oneTurn(agents: VoiceAgents, nth: number): Promise<number> {
  const line = await VoiceLine.open(await agents.createSession('typed'), nth)
  const ended = new Promise<void>((resolve) => {
    line.watch({
      onMessage: ({ type, data }) => {
        if (type === 'server-message' && data['type'] === 'turn_end') resolve()
      },
    })
  })
  line.type('Answer briefly.')
  await within(20_000, `the end of the turn of session ${nth}`, ended)
  return line.close()
}

export type IdleSessions = { readonly sessions: number; readonly before: Memory; readonly during: Memory }

/** The first ones load what all of them share. */
const firstSessions = 20

/** Sessions in which nobody has said anything yet. */
export async function measureIdleSessions({ agents, server }: Inspected, sessions: number): Promise<IdleSessions> {
  const open = async (count: number): Promise<readonly VoiceLine[]> => {
    const lines: VoiceLine[] = []
    for (let nth = 0; nth < count; nth += 1) lines.push(await VoiceLine.open(await agents.createSession('quick'), nth))
    return lines
  }
  for (const line of await open(firstSessions)) await line.close()
  const before = await memory(server)
  const lines = await open(sessions)
  const during = await memory(server)
  await Promise.all(lines.map((line) => line.close()))
  return { sessions, before, during }
}

async function memory(server: MeasuredServer): Promise<Memory> {
  await pause(settleMs)
  const { heap, external } = await server.heap()
  return { resident: server.residentMb(), heap, held: heap + external }
}
