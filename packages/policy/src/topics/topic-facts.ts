/** Which topics of the policy rest for this user, and which the user has raised itself. By rule id. */
export interface TopicFacts {
  /** Those that rest by rule (`always`) need not be named. */
  readonly cooling: readonly string[]
  /** The user raised it: so many of its turns ago, 0 in the present one. */
  readonly raisedTurnsAgo: Readonly<Record<string, number>>
}
