/** What became of one check. */
export type Verdict = {
  /** Who tried what on what. */
  readonly check: string
  /** `not_probed`: the control did not find its own row, so nothing is known. It fails the run like a leak. */
  readonly result: 'held' | 'leak' | 'not_probed'
  /** What was seen; empty where it held. */
  readonly detail: string
}

/** The verdict of a check that has no control of its own. */
export function judged(check: string, held: boolean, detail: string): Verdict {
  return held ? { check, result: 'held', detail: '' } : { check, result: 'leak', detail }
}
