import type { Verdict } from './verdict.ts'

export type Report = {
  readonly failed: boolean
  /** One line a finding, then the counts. */
  readonly text: string
  readonly json: {
    readonly server: string
    readonly checks: number
    readonly leaks: number
    readonly not_probed: number
    readonly findings: readonly Verdict[]
    readonly seconds: number
  }
}

/** What an operator reads, and what a program reads, of the same verdicts. */
export function report(options: { verdicts: readonly Verdict[]; server: string; ms: number }): Report {
  const { verdicts, server, ms } = options
  const findings = verdicts.filter(({ result }) => result !== 'held')
  const leaks = findings.filter(({ result }) => result === 'leak').length
  const notProbed = findings.length - leaks
  const seconds = Math.round(ms / 100) / 10
  const lines = findings.map(({ result, check, detail }) => `${result}: ${check}: ${detail}`)
  const unproved = notProbed === 0 ? '' : `, ${notProbed} not probed`
  return {
    failed: findings.length > 0,
    text: [
      ...lines,
      `${verdicts.length} checks, ${leaks} leaks${unproved} (PostgreSQL ${server}, ${seconds} s)`,
      '',
    ].join('\n'),
    json: { server, checks: verdicts.length, leaks, not_probed: notProbed, findings, seconds },
  }
}
