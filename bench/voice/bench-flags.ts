import { parseArgs } from 'node:util'
import { z } from 'zod'

const counted = z.coerce.number().int().min(1).max(100_000).optional()

const flagsSchema = z.object({
  turns: counted,
  runs: counted,
  sessions: counted,
  idle: counted,
  'max-sessions': counted,
  smoke: z.boolean().default(false),
  json: z.boolean().default(false),
  'no-peer': z.boolean().default(false),
  only: z.string().optional(),
  profile: z.string().min(1).optional(),
})

export const rowNames = ['turns', 'blocked', 'gates', 'idle', 'many', 'load'] as const
export type RowName = (typeof rowNames)[number]

export type BenchFlags = {
  readonly turns: number
  readonly runs: number
  readonly sessions: number
  readonly idleSessions: number
  readonly maxSessions: number
  readonly json: boolean
  readonly hasPeer: boolean
  /** A folder for CPU profiles of the server, one for each measurement: what a missed goal is taken apart with. */
  readonly profileFolder: string | undefined
  readonly wants: (row: RowName) => boolean
}

export const usage = `npm run bench:voice -- [--smoke] [--json] [--no-peer] [--turns 250] [--runs 10] [--sessions 1000] [--idle 200] [--max-sessions 250] [--only ${rowNames.join(',')}] [--profile FOLDER]`

/** Throws what parseArgs and zod say about flags that there are not. */
export function readFlags(args: readonly string[]): BenchFlags {
  const options = Object.fromEntries(
    Object.keys(flagsSchema.shape).map((name) => [
      name,
      { type: ['smoke', 'json', 'no-peer'].includes(name) ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  const flags = flagsSchema.parse(parseArgs({ args: [...args], options }).values)
  const only = flags.only?.split(',')
  const usual = flags.smoke
    ? { turns: 40, runs: 2, sessions: 60, idle: 20, maxSessions: 25 }
    : { turns: 250, runs: 10, sessions: 1000, idle: 200, maxSessions: 250 }
  return {
    turns: flags.turns ?? usual.turns,
    runs: flags.runs ?? usual.runs,
    sessions: flags.sessions ?? usual.sessions,
    idleSessions: flags.idle ?? usual.idle,
    maxSessions: flags['max-sessions'] ?? usual.maxSessions,
    json: flags.json,
    hasPeer: !flags['no-peer'],
    profileFolder: flags.profile,
    wants: (row) => only === undefined || only.includes(row),
  }
}
