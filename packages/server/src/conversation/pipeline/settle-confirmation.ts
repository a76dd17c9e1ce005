import { makePromptSegment, type PromptPart } from '../prompt-segment.ts'
import type { AskedCall, ConfirmationVerdict } from '../tools/confirmation/pending-confirmation.ts'
import { askAgain } from './ask-to-confirm.ts'
import { callTools, type ToolsOutcome } from './call-tools.ts'
import type { Turn } from './turn.ts'

/** What the person's words mean for the question before them. `parts` is what the model has to know of it. */
export type Settled =
  | { readonly kind: 'goes_on'; readonly parts: readonly PromptPart[]; readonly failed: readonly string[] }
  | { readonly kind: 'over'; readonly outcome: Exclude<ToolsOutcome['kind'], 'answered'> }

/** One repetition helps who answered too early; more of them would be a trap. */
const maxRepeats = 1
const nothing: Settled = { kind: 'goes_on', parts: [], failed: [] }

/** Settles what waits for the person's word, before the model is asked anything. */
export async function settleConfirmation(turn: Turn, userText: string): Promise<Settled> {
  const { context, record } = turn
  const pending = context.calls.takePending()
  if (pending === undefined) return nothing
  const { asked } = pending
  const { userHow: how, userBeganMs: beganMs } = record
  const verdict = pending.verdict({ text: userText, how, beganMs, language: context.language })
  if (verdict.kind === 'early' && asked.repeats < maxRepeats && (await askAgain(turn, asked)))
    return { kind: 'over', outcome: 'asked' }
  context.safety.confirmationAnswered(verdict.kind === 'confirmed')
  return verdict.kind === 'confirmed' ? await makeConfirmed(turn, asked, verdict) : notConfirmed()
}

async function makeConfirmed(
  turn: Turn,
  { call, rest, digest, segments }: AskedCall,
  { by }: Extract<ConfirmationVerdict, { readonly kind: 'confirmed' }>,
): Promise<Settled> {
  const outcome = await callTools(turn, [call, ...rest], { segments, confirmed: { digest, by } })
  if (outcome.kind !== 'answered') return { kind: 'over', outcome: outcome.kind }
  const { answers } = outcome
  const segment = makePromptSegment({ text: '', source: 'reply', trust: 'tool' })
  const reply: PromptPart = { kind: 'reply', segment, toolCalls: answers.map((answer) => answer.call) }
  const failed = answers.filter(({ isOk }) => !isOk).map((answer) => answer.call.name)
  return { kind: 'goes_on', parts: [reply, ...answers.map(({ result }) => result)], failed }
}

/** Without the tool's name: in words of ours it would be ours, and a server gives its tools their names. */
function notConfirmed(): Settled {
  const text =
    'The user was asked to confirm a call of a tool and did not say yes, so nothing was done. ' +
    'Do not say that it was. Answer what the user says now.'
  return {
    kind: 'goes_on',
    parts: [{ kind: 'instruction', segment: makePromptSegment({ text, source: 'platform', trust: 'system' }) }],
    failed: [],
  }
}
