import type { MutationRun } from './run-mutations.ts'
import type { Verdict } from './verdict.ts'

export type Report = {
  readonly failed: boolean
  /** One line a finding, then the counts. */
  readonly text: string
  readonly json: {
    readonly server: string
    readonly seconds: number
    readonly checks: number
    readonly leaks: number
    readonly not_probed: number
    readonly findings: readonly Verdict[]
    /** What holds and an operator should know nevertheless. */
    readonly notices: readonly string[]
    readonly mutations?: MutationRun
  }
}

/** What an operator reads, and what a program reads, of the same verdicts. */
export function report(options: {
  verdicts: readonly Verdict[]
  server: string
  ms: number
  mutations?: MutationRun | undefined
}): Report {
  const { verdicts, mutations } = options
  // Some packagers add a name of their own behind the number.
  const [server = options.server] = options.server.split(' ')
  const findings = verdicts.filter(({ result }) => result !== 'held')
  const leaks = findings.filter(({ result }) => result === 'leak').length
  const notProbed = findings.length - leaks
  const seconds = Math.round(options.ms / 100) / 10
  const notices = verdicts.flatMap(({ result, check, detail }) =>
    result === 'held' && detail !== '' ? [`${check}: ${detail}`] : [],
  )
  const unproved = notProbed === 0 ? '' : `, ${notProbed} not probed`
  const lines = [
    ...findings.map(({ result, check, detail }) => `${result}: ${check}: ${detail}`),
    ...notices.map((notice) => `notice: ${notice}`),
    ...(mutations?.survivors ?? []).map((survivor) => `survivor: ${survivor}`),
    `${verdicts.length} checks, ${leaks} leaks${unproved} (PostgreSQL ${server}, ${seconds} s)`,
    ...(mutations === undefined ? [] : [mutationLine(mutations)]),
  ]
  return {
    failed: findings.length > 0 || (mutations?.survivors.length ?? 0) > 0,
    text: `${lines.join('\n')}\n`,
    json: {
      server,
      seconds,
      checks: verdicts.length,
      leaks,
      not_probed: notProbed,
      findings,
      notices,
      ...(mutations === undefined ? {} : { mutations }),
    },
  }
}

function mutationLine({ mutations, survivors, byRules, byProbes, seconds }: MutationRun): string {
  return `${mutations} mutations, ${survivors.length} survivors (seen by rules: ${byRules}, by probes: ${byProbes}; ${seconds} s)`
}
