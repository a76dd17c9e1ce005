/**
 * What a text session sends: Server-Sent Events, one JSON object each, in answer to `POST /v1/sessions/{id}/messages`.
 * Order within one answer: `turn_start`, then any of `token`, `tool_call`, `tool_result`, `guard`, then `turn_end` after the
 * turn has committed; or `error`, after which nothing follows. An answer that stops without either was cut on its way.
 * Clients ignore events and fields that they do not know, so that new ones may be added.
 *
 * Every string says in `holds` where its characters come from, so that a test can walk the schemas: `id`, `catalogue` and
 * `policy` are our own or the operator's words, `name` is a checked identifier, `cleared` has passed the output gate.
 */
import { z } from 'zod'
import type { Action, Stage } from './decision.ts'
import { type ErrorCode, errorCatalogue } from './errors.ts'
import { handOverStates } from './hand-over-states.ts'
import { idSchema } from './ids.ts'
import { sessionStatuses } from './sessions.ts'

const errorCodes = Object.keys(errorCatalogue).filter((code): code is ErrorCode => code in errorCatalogue)

const turnId = idSchema('turn').meta({ holds: 'id' })
/** Chosen by the model, so it is held to an alphabet in which nothing can be said: 64 characters of letters, digits, - and _. */
const callId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .meta({ holds: 'name' })
export const toolName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/)
  .meta({ holds: 'name' })

/** Where the guard can step in while a turn runs (runtime-safety 1). Decisions of the other stages are no `guard` events. */
export const guardStages = [
  'input',
  'retrieval',
  'tool_call',
  'tool_result',
  'output',
] as const satisfies readonly Stage[]
export type GuardStage = (typeof guardStages)[number]

/**
 * What a rule did, as far as a client can see it. Words of a person or a reply are replaced or redacted; of a note, a document
 * or what a tool answered, sentences are redacted; denied, nobody got any of it, or the call was not made. `allow` and
 * `annotate` are no events.
 */
export const guardActions = ['replace', 'redact', 'deny', 'escalate', 'end'] as const satisfies readonly Action[]
export type GuardAction = (typeof guardActions)[number]

export const sessionEventSchemas = {
  turn_start: z
    .strictObject({
      turn_id: turnId,
      role: z.enum(['agent', 'operator']).meta({ description: 'Who speaks: `operator` is a person who took over' }),
    })
    .meta({ id: 'TurnStartEvent' }),
  token: z
    .strictObject({ turn_id: turnId, text: z.string().min(1).meta({ holds: 'cleared' }) })
    .meta({ id: 'TokenEvent', description: 'The next piece of the reply. Pieces are to be appended as they come' }),
  tool_call: z
    .strictObject({
      turn_id: turnId,
      call_id: callId,
      name: toolName,
      arguments: z
        .string()
        .optional()
        .meta({ holds: 'cleared', description: 'JSON; only of a tool that is marked visible' }),
    })
    .meta({ id: 'ToolCallEvent' }),
  tool_result: z
    .strictObject({
      turn_id: turnId,
      call_id: callId,
      name: toolName,
      status: z.enum(['ok', 'failed']),
      result: z.string().optional().meta({ holds: 'cleared', description: 'Only for a tool that is marked visible' }),
    })
    .meta({ id: 'ToolResultEvent' }),
  guard: z
    .strictObject({
      turn_id: turnId,
      decision_id: idSchema('decision').meta({ holds: 'id' }),
      stage: z.enum(guardStages),
      action: z.enum(guardActions),
      zone: z
        .string()
        .min(1)
        .max(200)
        .meta({ holds: 'policy', description: 'Public label of the zone, as in "medical dosage"' }),
      rule_id: z.string().min(1).max(200).meta({ holds: 'policy' }),
      engine_ms: z.number().nonnegative(),
      characters_heard: z.int().nonnegative().meta({
        description:
          'How much of the match had left in an earlier utterance; 0 when nothing of it was ever sent, and at every other stage',
      }),
    })
    .meta({
      id: 'GuardEvent',
      description:
        'The guard stepped in at `stage`. What it withheld is never sent on; a line that follows stands in its place',
    }),
  escalation: z
    .strictObject({ state: z.enum(handOverStates) })
    .meta({ id: 'EscalationEvent', description: 'Who talks from here on: the agent, or a person of the workspace' }),
  turn_end: z
    .strictObject({
      turn_id: turnId,
      status: z.enum(['complete', 'cut', 'blocked']),
      session_status: z.enum(sessionStatuses),
    })
    .meta({ id: 'TurnEndEvent', description: 'The turn is finished: its row has committed' }),
  error: z
    .strictObject({
      code: z.enum(errorCodes),
      title: z.string().meta({ holds: 'catalogue' }),
      retryable: z.boolean(),
      request_id: z.string().meta({ holds: 'id' }),
    })
    .meta({ id: 'ErrorEvent', description: 'The answer failed; no turn_end follows' }),
} as const

export type SessionEventName = keyof typeof sessionEventSchemas

/** The data of one event, by its name. */
export type SessionEventData<Name extends SessionEventName> = z.infer<(typeof sessionEventSchemas)[Name]>

/** One event of a text session, as a union by `event`. */
export type SessionEvent = {
  [Name in SessionEventName]: { readonly event: Name; readonly data: SessionEventData<Name> }
}[SessionEventName]
