/** The value below which this share of the samples lies. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = Float64Array.from(samples).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** Enough for a figure in a table; more digits would claim what a shared machine cannot tell. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
