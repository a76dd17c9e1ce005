/**
 * The vocabulary of the policy engine (runtime-safety 1): where a rule may look, what it may do there, and what a
 * decision says. A new stage breaks the build until the table below has decided what it allows and what happens on an error.
 */

import type { FatigueResponse, FatigueSignal } from './policy-fatigue.ts'
import type { PiiDirection, PiiKind } from './policy-pii.ts'
import type { ConfirmationClass } from './policy-tools.ts'

/** Where a decision is taken. */
export const stages = [
  'input',
  'retrieval',
  'tool_call',
  'tool_result',
  'output',
  'escalation',
  'contact',
  'tick',
] as const
export type Stage = (typeof stages)[number]

/** From the mildest to the strongest. The join of several rules is the one that stands furthest right. */
export const actions = [
  'allow',
  'annotate',
  'redact',
  'replace',
  'confirm',
  'defer',
  'deny',
  'escalate',
  'end',
] as const
export type Action = (typeof actions)[number]

export interface StageRow {
  /** What a rule may name here; anything else does not compile. */
  readonly allowed: readonly Action[]
  /** What is decided when the engine throws. Never `allow`. */
  readonly onError: Exclude<Action, 'allow'>
}

export const stageTable = {
  input: { allowed: ['allow', 'annotate', 'replace', 'escalate', 'end'], onError: 'annotate' },
  retrieval: { allowed: ['allow', 'annotate', 'redact', 'deny'], onError: 'deny' },
  tool_call: { allowed: ['allow', 'confirm', 'deny', 'escalate', 'end'], onError: 'deny' },
  tool_result: { allowed: ['allow', 'redact', 'deny'], onError: 'deny' },
  output: { allowed: ['allow', 'redact', 'replace', 'escalate', 'end'], onError: 'replace' },
  escalation: { allowed: ['allow', 'escalate'], onError: 'escalate' },
  contact: { allowed: ['allow', 'defer', 'deny'], onError: 'defer' },
  tick: { allowed: ['allow', 'annotate', 'replace', 'escalate', 'end'], onError: 'annotate' },
} as const satisfies Record<Stage, StageRow>

/**
 * How a text was read when it matched. `source` is what a regex reads: the text itself without invisible characters; `spoken` what
 * a voice makes of it; `example` what sounds like an example; `checksum` what has the form of a card, an account or other personal data.
 */
export const matchViews = ['plain', 'in_word', 'letters', 'leet', 'source', 'spoken', 'example', 'checksum'] as const
export type MatchView = (typeof matchViews)[number]

export interface DecisionMatch {
  readonly ruleId: string
  readonly view: MatchView
  /**
   * Half open, in UTF-16 units. In the output gate counted since the user last took a turn; in any other stage within
   * the text of the event (for `tool_call` within the argument that `field` names).
   */
  readonly span: { readonly start: number; readonly end: number }
  /** The matched text as the engine read it. It is blocked text: seal it with the decision, log it nowhere. */
  readonly folded: string
  /** JSON pointer of the tool argument that matched; only at `tool_call`. */
  readonly field?: string
}

/** What must happen besides the action. United over all rules that matched. */
export type Obligation =
  | { readonly kind: 'line'; readonly ruleId: string; readonly text: string }
  | { readonly kind: 'stop_turn' }
  | { readonly kind: 'strictest_output' }
  /** Somebody is called: into which queue, and how urgently. A zone's own wish names neither. */
  | { readonly kind: 'queue'; readonly ruleId: string; readonly queue?: string; readonly priority?: number }
  /** The user has to say yes first; the trusted fields are read out. */
  | {
      readonly kind: 'question'
      readonly ruleId: string
      readonly confirmation: Exclude<ConfirmationClass, 'none'>
      readonly fields: readonly { readonly field: string; readonly value: string }[]
    }
  /** Not now: from this instant on. */
  | { readonly kind: 'defer'; readonly ruleId: string; readonly untilMs: number }
  | { readonly kind: 'opt_out'; readonly ruleId: string }
  | {
      readonly kind: 'cooldown'
      readonly ruleId: string
      readonly topic: string
      readonly reason: 'negative_wording' | 'user_asked' | 'rule' | 'operator'
    }
  | { readonly kind: 'topic_raised'; readonly ruleId: string; readonly topic: string }
  | {
      readonly kind: 'fatigue'
      readonly ruleId: string
      readonly response: FatigueResponse
      readonly score: number
      readonly signals: readonly FatigueSignal[]
    }
  | { readonly kind: 'remind'; readonly ruleId: string; readonly name: string }
  /** The session ends so many milliseconds from now, whatever is said until then. */
  | { readonly kind: 'wind_down'; readonly ruleId: string; readonly inMs: number }
  /** The matches of this rule are masked, or left out, where the text goes in this direction. */
  | {
      readonly kind: 'mask'
      readonly ruleId: string
      readonly direction: PiiDirection
      readonly pii: PiiKind
      readonly action: 'mask' | 'drop'
    }

/** A fact that the caller gave and the engine used. Facts are counters and flags, never text of a person. */
export type DecisionFacts = Readonly<Record<string, string | number | boolean>>

export interface PolicyIdentity {
  readonly id: string
  readonly version: number
  /** SHA-256 in hex of the canonical policy; computed by the caller, because the engine has no cryptography. */
  readonly sha256: string
}

export interface Decision {
  readonly stage: Stage
  readonly action: Action
  readonly obligations: readonly Obligation[]
  readonly matches: readonly DecisionMatch[]
  readonly facts: DecisionFacts
  readonly policy: PolicyIdentity
  readonly versions: { readonly engine: string; readonly unicode: string; readonly timeZones: string }
  readonly mode: 'enforce' | 'shadow'
  readonly floor?: true
  /** Output only: how many characters of the match had left in an earlier utterance of the same turn. */
  readonly headHeard?: number
  /** The engine failed and this is the stage's safe default; the text says where, never what was said. */
  readonly error?: string
}
