/** Each beginning with each end. */
export function crossWords(heads: readonly string[], tails: readonly string[]): readonly string[] {
  return heads.flatMap((head) => tails.map((tail) => `${head} ${tail}`))
}
