/** Where in a value a check stands; undefined is the whole value. */
export type Place = { readonly above: Place; readonly step: string | number } | undefined

/** One place of a value that does not fit. `pointer` is a JSON pointer (RFC 6901), its steps cut; `problem` says what is expected there. */
export type SchemaProblem = { readonly pointer: string; readonly problem: string }

/** Whether a value fits one schema. What it finds goes to the run. */
export type Check = (value: unknown, place: Place, run: CheckRun) => boolean

/** A value that costs more to check than any honest one. */
export class TooMuchWork extends Error {}

/** Steps of a check: about a tenth of a second of one core. An honest value of 16 KiB takes some thousand. */
const maxWork = 500_000
/** Levels of schemas within schemas while one value is checked, references included. */
const maxDepth = 100
/** Who corrects a value needs no more. */
const maxProblems = 20
/** The other side chooses the names of its fields. */
const maxStepCharacters = 64

/** One check of one value: what was found, and how much work is left. */
export class CheckRun {
  readonly #problems: SchemaProblem[] = []
  #workLeft = maxWork
  #depth = 0
  #quiet = 0

  get problems(): readonly SchemaProblem[] {
    return this.#problems
  }

  /** Throws TooMuchWork when nothing is left. */
  spend(steps: number): void {
    this.#workLeft -= steps
    if (this.#workLeft < 0) throw new TooMuchWork()
  }

  fail(place: Place, problem: string): false {
    if (this.#quiet === 0 && this.#problems.length < maxProblems)
      this.#problems.push({ pointer: pointerTo(place), problem })
    return false
  }

  /** One level deeper. */
  within(check: () => boolean): boolean {
    this.spend(1)
    if (this.#depth >= maxDepth) throw new TooMuchWork()
    this.#depth += 1
    const fits = check()
    this.#depth -= 1
    return fits
  }

  /** Asks without noting why not, as for one of several choices. */
  quietly(check: () => boolean): boolean {
    this.#quiet += 1
    const fits = check()
    this.#quiet -= 1
    return fits
  }
}

function pointerTo(place: Place): string {
  const steps: string[] = []
  for (let at = place; at !== undefined; at = at.above) {
    steps.push(String(at.step).slice(0, maxStepCharacters).replaceAll('~', '~0').replaceAll('/', '~1'))
  }
  return steps
    .toReversed()
    .map((step) => `/${step}`)
    .join('')
}
