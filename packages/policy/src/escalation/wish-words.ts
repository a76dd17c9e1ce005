export interface WishWords {
  /** Right before the person: "can i talk to" a human. Complete with the person behind it. */
  readonly askers: readonly string[]
  /** The same where the verb comes behind the person: "kann ich mit" einem Menschen "sprechen". */
  readonly openers: readonly string[]
  readonly closers: readonly string[]
  readonly persons: readonly string[]
  /** What may stand between them. */
  readonly fillers: readonly string[]
  /** A person and a verb in one, or a wish without either. */
  readonly whole: readonly string[]
  /** Said alone, as somebody says it to a machine on the phone; anywhere else it is an ordinary word. */
  readonly alone: readonly string[]
  /** Right before a wish they turn it round: "i do not want to" talk to a human. */
  readonly negators: readonly string[]
}
