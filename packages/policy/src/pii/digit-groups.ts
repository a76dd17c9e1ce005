/** Digits that stand together, as "4111" in "4111 1111 1111 1111". */
export interface DigitGroup {
  readonly digits: string
  readonly start: number
  readonly end: number
}

/** What people put between the digits of one number; three characters are " - ". */
const between = /^[\s.,_/|:*~+()\u00b7\u2022\u2212\u2010-\u2015-]{1,3}$/u

/** Runs of groups with nothing but separators between them. Takes time linear in the length of the text. */
export function digitGroups(text: string): readonly (readonly DigitGroup[])[] {
  const runs: DigitGroup[][] = []
  let last: DigitGroup | undefined
  for (const { 0: digits, index: start } of text.matchAll(/\d+/g)) {
    const group = { digits, start, end: start + digits.length }
    const goesOn = last !== undefined && start - last.end <= 3 && between.test(text.slice(last.end, start))
    if (goesOn) runs.at(-1)?.push(group)
    else runs.push([group])
    last = group
  }
  return runs
}
