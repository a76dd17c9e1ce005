import type { SpanDetail, SpanStatus } from '@hyponema/contract'
import type { ToolOutcome } from '../tools/run-tool.ts'
import type { TurnTrace } from './turn-trace.ts'

type Detail = SpanDetail<'tool'>

/** The span of one call: begun when it is opened, ended once, in whichever way it ends. */
export type OpenToolSpan = {
  readonly id: number
  readonly ended: (outcome: ToolOutcome, hasSaidLine: boolean) => void
  /** A rule kept its answer from the model. */
  readonly withheld: (outcome: ToolOutcome, hasSaidLine: boolean) => void
  /** It was not made: a rule forbids it, a limit is reached, the person is asked first, or another call of the same answer stands against it or is the same. */
  readonly refused: (why: 'rule' | 'limit' | 'order' | 'repeated' | 'confirm' | 'arguments') => void
}

/** In our words: what a tool or a model wrote stands nowhere in a trace. */
const problems: Readonly<Record<string, string>> = {
  unknown_tool: 'the agent has no tool of that name',
  bad_arguments: 'the arguments do not fit the schema of the tool',
  refused: 'the tool answered that it did not do it',
  crashed: 'the tool threw an error',
  cancelled: 'the turn ended before the tool had answered',
}

const refusals = {
  rule: { reason: 'denied', status: 'refused', problem: 'a rule of the policy denies the call' },
  limit: { reason: 'budget', status: 'failed', problem: 'no more tool calls are allowed' },
  confirm: { reason: 'confirm', status: 'refused', problem: 'the user is asked first' },
  arguments: { reason: 'bad_arguments', status: 'failed', problem: 'the arguments do not fit the schema of the tool' },
  repeated: { reason: 'repeated', status: 'refused', problem: 'another call of the same answer is the same' },
  order: { reason: 'order', status: 'failed', problem: 'another call of the same answer had failed' },
} as const satisfies Record<string, { reason: string; status: SpanStatus; problem: string }>

export function openToolSpan(
  trace: TurnTrace,
  call: { readonly callId: string; readonly name: string; readonly kind: Detail['tool_kind'] },
): OpenToolSpan {
  const unanswered: Detail = {
    call_id: call.callId,
    name: call.name,
    tool_kind: call.kind,
    reason: 'cancelled',
    attempts: 0,
    status_code: null,
    answer_bytes: null,
    waiting_line: false,
    problem: problems['cancelled'] ?? null,
  }
  const span = trace.begin('tool', { name: call.name, detailIfCut: () => unanswered })
  return {
    id: span.id,
    ended: (outcome, hasSaidLine) => {
      const detail = detailOf(unanswered, outcome, hasSaidLine)
      span.end(detail, statusOf(detail))
    },
    withheld: (outcome, hasSaidLine) => {
      const reason = { reason: 'withheld', problem: 'a rule of the policy withholds the answer' }
      span.end({ ...detailOf(unanswered, outcome, hasSaidLine), ...reason }, 'refused')
    },
    refused: (why) => {
      const { reason, status, problem } = refusals[why]
      span.end({ ...unanswered, reason, problem }, status)
    },
  }
}

function detailOf(call: Detail, outcome: ToolOutcome, hasSaidLine: boolean): Detail {
  const { report } = outcome
  const reason = outcome.status === 'ok' ? null : (report?.reason ?? reasonOf(outcome))
  return {
    ...call,
    reason,
    attempts: report?.attempts ?? (wasMade(outcome) ? 1 : 0),
    status_code: report?.statusCode ?? null,
    answer_bytes: report?.answerBytes ?? null,
    waiting_line: hasSaidLine,
    problem: reason === null ? null : (report?.problem ?? problems[reason] ?? ownWords(outcome)),
  }
}

type Failure = Exclude<ToolOutcome, { status: 'ok' }>

function reasonOf(outcome: Failure): string {
  return outcome.status === 'timeout' ? 'timeout' : outcome.reason
}

/** What the runner says itself: a number of bytes or of milliseconds. */
function ownWords(outcome: ToolOutcome): string | null {
  if (outcome.status === 'timeout') return outcome.detail
  return outcome.status === 'failed' && outcome.reason === 'too_large' ? outcome.detail : null
}

function wasMade(outcome: ToolOutcome): boolean {
  return outcome.status !== 'failed' || (outcome.reason !== 'unknown_tool' && outcome.reason !== 'bad_arguments')
}

function statusOf({ reason }: Detail): SpanStatus {
  if (reason === null) return 'ok'
  return reason === 'timeout' || reason === 'cancelled' ? 'cut' : 'failed'
}
