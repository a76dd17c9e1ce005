import type { SessionEvent } from '@hyponema/contract'
import type { AppError } from '../../../kernel/app-error.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { PromptPart } from '../../prompt-segment.ts'
import { makeContext, newId } from '../../test-harness/make-context.ts'
import { type HandModel, handModel } from '../../test-harness/scripted-pieces.ts'
import type { Tool, ToolRun } from '../../tools/define-tool.ts'
import type { MessageHow } from '../message-how.ts'
import { runTurn } from '../run-turn.ts'
import type { SessionContext } from '../session-context.ts'
import { TurnRecord } from '../turn-record.ts'

/** A tool that answers when the test says so. */
export type HandTool = Tool & {
  /** What it was called with, in order. */
  readonly calls: readonly { readonly args: unknown; readonly signal: AbortSignal }[]
  /** Answers the oldest call that waits. */
  readonly answer: (run?: ToolRun) => void
}

export const worked: ToolRun = { kind: 'executed', result: { ok: true, fields: { found: 'it' } } }
export const refused: ToolRun = { kind: 'executed', result: { ok: false, error: 'That is taken.' } }

export function handTool(changes: Partial<Tool> & { readonly name: string }): HandTool {
  const calls: { args: unknown; signal: AbortSignal }[] = []
  const waiting: ((run: ToolRun) => void)[] = []
  return {
    kind: 'http',
    description: 'A tool of a test',
    parameters: { type: 'object' },
    isVisible: false,
    isIdempotent: true,
    hasEffects: changes.isIdempotent === false,
    timeoutMs: 10_000,
    waitingLine: undefined,
    refuseArguments: () => undefined,
    run: async (args, _context, signal) => {
      calls.push({ args, signal })
      return await new Promise<ToolRun>((resolve) => waiting.push(resolve))
    },
    ...changes,
    calls,
    answer: (run = worked) => waiting.shift()?.(run),
  }
}

export type TestedTurn = {
  readonly record: TurnRecord
  readonly controller: AbortController
  readonly done: Promise<AppError | undefined>
}

export type Talk = {
  readonly model: HandModel
  readonly context: SessionContext
  readonly events: SessionEvent[]
  readonly say: (text: string, how?: MessageHow, beganMs?: number) => TestedTurn
  /** Names of events and, of tools, which. */
  readonly story: () => readonly string[]
  /** Of the last request of the model. */
  readonly results: () => readonly string[]
}

/** A conversation of text with a model and tools that move by hand. */
export function talkWith(options: {
  readonly tools?: readonly Tool[]
  readonly document?: Parameters<typeof makeContext>[0]['document']
  readonly isSpeaking?: () => boolean
  readonly clock?: Clock
  readonly watches?: Parameters<typeof makeContext>[0]['watches']
  readonly toolDays?: SessionContext['toolDays']
}): Talk {
  const model = handModel()
  const context = makeContext({
    model,
    tools: options.tools ?? [],
    document: options.document ?? {},
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.watches === undefined ? {} : { watches: options.watches }),
    ...(options.toolDays === undefined ? {} : { toolDays: options.toolDays }),
  })
  const events: SessionEvent[] = []
  const say = (text: string, how: MessageHow = 'typed', beganMs = context.clock.nowMs()): TestedTurn => {
    const subject = { userTurnId: newId(), userText: text, how, beganMs }
    const record = new TurnRecord({ id: newId(), subject, startedAtMs: context.clock.nowMs() })
    const controller = new AbortController()
    const { signal } = controller
    const done = runTurn({
      context,
      record,
      emit: async (event) => {
        // As a live session does it: after the cut no word gets through.
        if (signal.aborted && event.event === 'token') return false
        events.push(event)
        if (event.event === 'token') record.reached(record.said.length)
        return true
      },
      heardAll: async () => true,
      ...(options.isSpeaking === undefined ? {} : { isSpeaking: options.isSpeaking }),
      signal,
    })
    return { record, controller, done }
  }
  const story = (): readonly string[] =>
    events.flatMap((event) => {
      if (event.event === 'tool_call') return [`call ${event.data.name}`]
      if (event.event === 'tool_result') return [`${event.data.status} ${event.data.name}`]
      return event.event === 'token' ? [`say ${event.data.text}`] : event.event === 'turn_start' ? [] : [event.event]
    })
  const results = (): readonly string[] =>
    (model.requests.at(-1)?.prompt ?? []).flatMap((part: PromptPart) =>
      part.kind === 'tool_result' ? [part.segment.text] : [],
    )
  return { model, context, events, say, story, results }
}
