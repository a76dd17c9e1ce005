import type { SpanDetail } from '@hyponema/contract'
import type { ResolvedVariables } from '../resolve-variables.ts'
import type { Turn } from './turn.ts'

/** The first word of a session waits for what the customer's backend says of its person, at most as long as the agent allows. */
export async function awaitVariables({ context: { variables }, record, signal }: Turn): Promise<void> {
  const waits = !variables.isSettled
  const detailIfCut = (): SpanDetail<'variables'> => ({
    outcome: 'timed_out',
    names: [],
    problem: 'the turn ended first',
  })
  const span = waits ? record.trace.begin('variables', { name: 'resolver', detailIfCut }) : undefined
  await variables.beginTurn(record.startedAtMs, signal)
  const report = variables.takeReport()
  if (report === undefined) return
  const ended = span ?? record.trace.begin('variables', { name: 'resolver' })
  ended.end(detailOf(report), report.outcome === 'resolved' ? 'ok' : 'failed')
}

function detailOf({ outcome, values, problem }: ResolvedVariables): SpanDetail<'variables'> {
  return { outcome, names: [...values.keys()], problem }
}
