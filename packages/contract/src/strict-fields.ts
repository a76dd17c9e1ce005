import { z } from 'zod'

/** An object that refuses unknown fields, and says which known one was probably meant. */
export function strictFields<const Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: (issue) => explainUnknown(issue, Object.keys(shape)) })
}

type Issue = { readonly code?: string | undefined; readonly keys?: unknown }

/** More than this are another document, and nobody reads a list of them. */
const maxExplained = 20

/**
 * One line for each unknown key, in the order of the issue's `keys`, for the first 20; undefined for any other issue, which
 * then keeps its own words.
 */
export function explainUnknown(issue: Issue, known: readonly string[]): string | undefined {
  if (issue.code !== 'unrecognized_keys' || !Array.isArray(issue.keys)) return undefined
  return issue.keys
    .slice(0, maxExplained)
    .map((key) => explainKey(String(key), known))
    .join('\n')
}

function explainKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known)
  return near === undefined
    ? `${shown(key)}: no such field; remove it (known: ${known.join(', ')})`
    : `${key}: no such field; did you mean ${near}?`
}

/** The beginning of a key, on one line. */
function shown(key: string): string {
  return key.slice(0, 80).replaceAll(/[\r\n]/g, ' ')
}

/** The known name that is fewest letters away, when that is few: case and separators are no difference. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const bare = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  if (key.length > 64) return undefined
  const ranked = known
    .map((name) => ({ name, distance: editDistance(bare(key), bare(name)) }))
    .filter(({ name, distance }) => distance <= Math.min(2, Math.floor(name.length / 3)))
    .sort((left, right) => left.distance - right.distance)
  return ranked[0]?.name
}

/** How many letters have to be put in, taken out or changed (Levenshtein). */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let line = 1; line <= left.length; line += 1) {
    const next = [line]
    for (let column = 1; column <= right.length; column += 1) {
      const change = left[line - 1] === right[column - 1] ? 0 : 1
      next.push(Math.min((next[column - 1] ?? 0) + 1, (row[column] ?? 0) + 1, (row[column - 1] ?? 0) + change))
    }
    row = next
  }
  return row[right.length] ?? 0
}
