/** A place from which one comes back to itself, or undefined. */
export function findCircle(ways: ReadonlyMap<string, readonly string[]>): string | undefined {
  const done = new Set<string>()
  const onTheWay = new Set<string>()
  const visit = (from: string): string | undefined => {
    if (onTheWay.has(from)) return from
    if (done.has(from)) return undefined
    onTheWay.add(from)
    const found = (ways.get(from) ?? []).map(visit).find((one) => one !== undefined)
    onTheWay.delete(from)
    done.add(from)
    return found
  }
  return [...ways.keys()].map(visit).find((one) => one !== undefined)
}
