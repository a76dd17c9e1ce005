/** How people of one language say that they do not want to be contacted any more, and what sounds like it. */
export interface RefusalTable {
  /** Mean it wherever they stand. */
  readonly phrases: readonly string[]
  /** Mean it where nothing, or one of `tails`, follows: "stop calling me" is one, "stop calling me names" is not. */
  readonly open: readonly string[]
  /** What may follow an open phrase, in lower case; a comma or the end of a sentence may always. */
  readonly tails: RegExp
  /** What stands before a phrase that is denied or asked about. Read in the clause up to the phrase, in lower case, without accents. */
  readonly denied: RegExp
  /** The same of what is told of somebody else; it counts all the same where the agent is spoken to, too. */
  readonly ofOthers: RegExp
  readonly addressed: RegExp
  /** What follows where it is meant for a while only: "don't call me again until Monday". */
  readonly limited: RegExp
}
