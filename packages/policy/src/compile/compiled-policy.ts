import type { Decision, PolicyIdentity, ZoneAction, ZoneScope, ZoneStage } from '@hyponema/contract'
import type { PolicyDiagnostic } from '../document/diagnostic.ts'
import type { Calibration } from '../examples/calibrate-examples.ts'
import type { PhraseAutomaton } from '../match/phrase-automaton.ts'
import type { SentenceFinder } from '../match/sentence-finder.ts'
import type { PiiDuties } from '../pii/pii-duties.ts'
import type { CompiledSections } from './compiled-sections.ts'

export interface CompiledZone {
  /** `layer/name`: no layer can take the place of another's rule. */
  readonly ruleId: string
  readonly label: string
  readonly action: ZoneAction
  readonly line: string | null
  readonly scope: ZoneScope
  readonly stages: readonly ZoneStage[]
  readonly strikes: { readonly hits: number; readonly turns: number; readonly action: ZoneAction } | null
  readonly floor: boolean
  readonly priority: number
  readonly hasExceptions: boolean
  /** It counts only while the topic of this rule id rests. */
  readonly isTopic: boolean
  /** A rule about personal data: what it hides is redacted, and named by its kind. */
  readonly masks: boolean
  /** Of its examples; null where it has none. */
  readonly calibration: Calibration | null
}

/** What `decide` and the output gate run on. Opaque to others: build it with `compilePolicy`. Safe to share by sessions. */
export interface CompiledPolicy {
  readonly identity: PolicyIdentity
  readonly versions: Decision['versions']
  /** The owner numbers of patterns and regexes are places in this list. Rules about personal data stand behind the zones. */
  readonly zones: readonly CompiledZone[]
  readonly phrases: PhraseAutomaton
  readonly exceptions: PhraseAutomaton | null
  /** What needs whole sentences: regexes, personal data that must not be said, examples. */
  readonly sentences: SentenceFinder | null
  /** A zone hides from the beginning of the sentence, so the sentence waits. */
  readonly hidesSentences: boolean
  /** The line that discloses the AI, of the lowest layer that has one. */
  readonly disclosureLine: string | null
  /** Lines that open a session, of all layers, the highest first. */
  readonly openings: readonly string[]
  readonly sections: CompiledSections
  readonly pii: PiiDuties
  /** Lines that gave way to a zone of another layer: what stood in their place could not be said (compile-under-floors.ts). */
  readonly replacedLines: readonly PolicyDiagnostic[]
}
