import type { ZoneTransitions } from '../time/zone-transitions.ts'

/** A piece of the prompt that the call was wished in, as the model read it. */
export interface OriginSegment {
  readonly text: string
  readonly trust: 'system' | 'operator' | 'user' | 'tool' | 'document'
}

/** What is known when a tool is to be called (runtime-safety 4). */
export interface ToolFacts {
  readonly segments: readonly OriginSegment[]
  /** The tool changes state or sends outside. */
  readonly hasEffects: boolean
  /** JSON pointers of arguments whose values the tool's schema lists. */
  readonly enumFields: readonly string[]
  /** Names of tools that have worked in this session. */
  readonly worked: readonly string[]
  /** Calls of this tool before this one. */
  readonly calls: { readonly turn: number; readonly session: number; readonly day: number }
  /** How these very arguments were confirmed, after everything untrusted that stands in the prompt now. */
  readonly confirmedBy?: 'spoken' | 'irreversible'
  readonly nowMs: number
  readonly zone?: ZoneTransitions
}
