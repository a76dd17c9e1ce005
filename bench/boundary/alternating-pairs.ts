/** Measures two variants by turns, and each of them first every other time, so that neither always comes second. */
export async function alternatingPairs(
  pairs: number,
  first: () => Promise<number>,
  second: () => Promise<number>,
): Promise<readonly (readonly [first: number, second: number])[]> {
  const measured: (readonly [number, number])[] = []
  for (let pair = 0; pair < pairs; pair += 1) {
    if (pair % 2 === 0) {
      const one = await first()
      measured.push([one, await second()])
    } else {
      const other = await second()
      measured.push([await first(), other])
    }
  }
  return measured
}
