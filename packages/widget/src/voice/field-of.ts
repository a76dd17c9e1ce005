/** The own field of something that may be anything. Undefined where there is none. */
export function fieldOf(untrusted: unknown, name: string): unknown {
  return typeof untrusted === 'object' && untrusted !== null
    ? new Map<string, unknown>(Object.entries(untrusted)).get(name)
    : undefined
}
