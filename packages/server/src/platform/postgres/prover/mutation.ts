/** A wall that is taken down or loosened, and what must notice. */
export type Mutation = {
  readonly statements: readonly string[]
  /** The static rule that is asked first. Where it says nothing every other one is asked. */
  readonly rule: string
  /** The table whose probes are tried on it as well; rules cannot see all of it. */
  readonly table?: string
  /** The search of knowledge is called from both workspaces on it as well. */
  readonly probesSearch?: true
  /** How many lines of its own the rule must print for it. Those with a number are tried many at a time. */
  readonly lines?: number
}
