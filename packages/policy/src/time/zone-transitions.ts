/** A time zone as the engine gets it: facts, because the engine has no clock and no database of zones. */
export interface ZoneTransitions {
  readonly name: string
  /** Sorted; each offset of local time from UTC, in minutes, holds from its instant on. The first holds before its own, too. */
  readonly transitions: readonly { readonly fromMs: number; readonly offsetMinutes: number }[]
}
