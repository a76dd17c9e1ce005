/** Why a policy was refused: where, what was found, and what to write instead. Holds words of the policy, never of a talk. */
export interface PolicyDiagnostic {
  /** JSON pointer into the document (RFC 6901). */
  readonly pointer: string
  /** Which of the layers: what the ids of its rules begin with, as `agent` or `workspace/clinic`. */
  readonly layer?: string
  /** From 1; only when the document was parsed from text. */
  readonly line?: number
  readonly column?: number
  /** Of a line that could not be said: the rule that forbids it. */
  readonly violates?: string
  readonly message: string
  readonly fix: string
}

/** What the lint says of a document: an error refuses, a warning is only shown. */
export interface PolicyLint extends PolicyDiagnostic {
  readonly severity: 'error' | 'warning'
}
