import type { ZoneTransitions } from '../time/zone-transitions.ts'

/** What is known of a session when it is decided whether a person is called. Counts and times, never words. */
export interface EscalationFacts {
  readonly nowMs: number
  /** Of the business hours of the policy. A rule whose zone is not among them counts as open: somebody is called rather than nobody. */
  readonly zones: readonly ZoneTransitions[]
  /** What the user speaks, as far as anybody knows: lines of ours are said in it. */
  readonly language?: string
  /** In which of the user's turns a rule stepped in, counted back: 0 is the present one. Each hit once. */
  readonly guardHitsTurnsAgo: readonly number[]
  readonly negativeTurnsAgo: readonly number[]
  /** In a row, up to now. */
  readonly failedConfirmations: number
  readonly failedTools: number
  readonly misunderstandings: number
  readonly silenceMs: number
  readonly durationMs: number
  readonly tokens: number
  /** By rule id: one is open now; how often it fired in this session; how long ago the last one was closed. */
  readonly open: readonly string[]
  readonly fired: Readonly<Record<string, number>>
  readonly closedAgoMs: Readonly<Record<string, number>>
}
