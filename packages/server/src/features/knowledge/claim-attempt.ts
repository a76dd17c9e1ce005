/**
 * How often the worker tries a source, and which try it is.
 *
 * `attempts` counts every try that was ever begun, in rounds of three: 1 to 3 are those of the first round, 4 to 6 those of the
 * next. A round begins when a person wants one, and no number comes twice, so that the number of a try is also what it proves
 * itself by: one that was paused for so long that another began finds another number and writes nothing.
 */

/** Once may be bad luck, twice may be a bad day of the machine. */
export const triesOfRound = 3

/** Where a round that a person wants begins: its first try is the next number. */
export function claimNewRound(attempts: number): number {
  return Math.ceil(attempts / triesOfRound) * triesOfRound
}

/** Whether this try was the last of its round. */
export function isLastTry(attempts: number): boolean {
  return attempts > 0 && attempts % triesOfRound === 0
}

/** The number of the next try of a source in this state; undefined where a try was cut off that was the last. */
export function claimAttempt(row: {
  readonly state: 'queued' | 'processing'
  readonly attempts: number
}): number | undefined {
  return row.state === 'processing' && isLastTry(row.attempts) ? undefined : row.attempts + 1
}
