/**
 * Threat: a tool that never answers, answers without end or throws takes the conversation down with it, or its inner words
 * (a provider's error, a stack) reach the model and through it the user.
 * Rule: every run has a deadline, a bound on what goes in and one on what comes out, and ends in an outcome; it never throws.
 * Arguments are read as JSON, then by the tool's schema, before anything is executed. What looks like a key is masked in what comes
 * out. Unexpected errors become a fixed line; their own words go to `detail`, which is for the operator's log.
 * On failure: the outcome says `failed` or `timeout`; the model gets `{"ok":false,"error":...}` and may tell the user. After a
 * timeout the tool is told to stop and nobody waits for it; what it had done by then stays done, and the line does not claim otherwise.
 */
import { deadline } from '../../kernel/deadline.ts'
import { isNestedDeeper } from '../../platform/json-schema/is-nested-deeper.ts'
import type { Tool, ToolContext, ToolEffect, ToolReason, ToolReport, ToolRun } from './define-tool.ts'
import { maskSecrets } from './mask-secrets.ts'
import { readArguments } from './read-arguments.ts'
import { refuseLength, renderResult } from './render-result.ts'

export type ToolFailure = Exclude<ToolReason, 'timeout'> | 'unknown_tool' | 'refused' | 'crashed' | 'cancelled'

type Answered = {
  /** What the model reads, in every case; it is still tainted and has passed no stage of the policy. */
  readonly resultJson: string
  /** Of a tool that calls somebody, where it got that far. */
  readonly report?: ToolReport | undefined
}

/** `detail` is for operators: in our words, but of a crash. */
export type ToolOutcome =
  | (Answered & { readonly status: 'ok'; readonly effect?: ToolEffect | undefined })
  | (Answered & { readonly status: 'failed'; readonly reason: ToolFailure; readonly detail: string })
  | (Answered & { readonly status: 'timeout'; readonly detail: string })

export type RunToolOptions = {
  /** Undefined when the model asked for a tool that it was not offered. */
  readonly tool: Tool | undefined
  /** As the model wrote it. */
  readonly argumentsJson: string
  readonly context: ToolContext
  /** The turn's signal. When it aborts, the outcome is `failed` with `cancelled`. */
  readonly signal: AbortSignal
  readonly timeoutMs?: number
}

/** What is nested deeper than that is no answer, and could not be walked through. */
const maxNesting = 64

/** Runs a tool the model asked for. Never throws. */
export async function runTool(options: RunToolOptions): Promise<ToolOutcome> {
  const { tool, signal } = options
  if (tool === undefined) return failed('unknown_tool', 'There is no such tool.')
  const args = readArguments(options.argumentsJson)
  if (!args.ok) return failed('bad_arguments', args.error)
  if (signal.aborted) return failed('cancelled', 'The call was not made.')
  const timeoutMs = options.timeoutMs ?? tool.timeoutMs
  const limit = deadline({ timeoutMs, code: 'outbound.timeout', what: `tool ${tool.name}`, parent: signal })
  try {
    const run = await untilAborted(() => tool.run(args.value, options.context, limit.signal), limit.signal)
    if (run !== undefined) return outcomeOf(run)
    return signal.aborted ? cancelled() : timedOut(tool.name, timeoutMs)
  } catch (error) {
    return failed('crashed', 'The tool did not work.', describeError(error))
  } finally {
    limit.clear()
  }
}

/** Undefined when the signal was first. What the tool says after that is dropped, and so is its late error. */
async function untilAborted(start: () => Promise<ToolRun>, signal: AbortSignal): Promise<ToolRun | undefined> {
  let stop = (): void => undefined
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined)
    signal.addEventListener('abort', stop, { once: true })
  })
  const running = start()
  running.catch(() => undefined)
  try {
    const run = await Promise.race([running, aborted])
    return signal.aborted ? undefined : run
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function outcomeOf(run: ToolRun): ToolOutcome {
  if (run.kind === 'bad_arguments') return badArguments(run.problems)
  const { result, report, effect } = run
  if (!result.ok) return { ...refusedBy(report, maskedError(result.error)), report }
  if (isNestedDeeper(result.fields, maxNesting)) return tooLarge(`nested deeper than ${maxNesting} levels`, report)
  const given = refuseLength(renderResult(result))
  if (given !== undefined) return tooLarge(given, report)
  const fields = maskSecrets(result.fields, undefined)
  if (fields === undefined) return { ...failed('crashed', 'The tool did not work.'), report }
  return { status: 'ok', resultJson: renderResult({ ok: true, fields }), effect, report }
}

/** The model is told what it wrote; a trace holds no word of it. */
function badArguments(problems: string): ToolOutcome {
  const problem = 'the arguments do not fit the schema'
  const report = { attempts: 0, reason: 'bad_arguments', problem } as const
  return { ...failed('bad_arguments', `The arguments do not fit: ${problems}`, problem), report }
}

function maskedError(error: string): string {
  const masked = maskSecrets({ error: error.slice(0, 1000) }, undefined)?.['error']
  return typeof masked === 'string' ? masked : 'The tool did not work.'
}

function tooLarge(detail: string, report: ToolReport | undefined): ToolOutcome {
  const told = report === undefined ? undefined : { ...report, reason: 'too_large' as const, problem: detail }
  return { ...failed('too_large', 'The answer of the tool is too long.', detail), report: told }
}

function refusedBy(report: ToolReport | undefined, error: string): ToolOutcome {
  const { reason = 'refused', problem = error } = report ?? {}
  if (reason !== 'timeout') return failed(reason, error, problem)
  return { status: 'timeout', resultJson: renderResult({ ok: false, error }), detail: problem }
}

function failed(reason: ToolFailure, error: string, detail: string = error): ToolOutcome {
  return { status: 'failed', reason, resultJson: renderResult({ ok: false, error }), detail }
}

function cancelled(): ToolOutcome {
  return failed('cancelled', 'The call was cancelled; whether it did its work is not known.')
}

function timedOut(name: string, timeoutMs: number): ToolOutcome {
  const error = 'The tool took too long; whether it did its work is not known.'
  return {
    status: 'timeout',
    resultJson: renderResult({ ok: false, error }),
    detail: `${name} took longer than ${timeoutMs} ms`,
  }
}

function describeError(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : 'threw something that is no error').slice(0, 500)
}
