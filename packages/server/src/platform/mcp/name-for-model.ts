import { sha256 } from '../crypto/sha256.ts'

/** What every model takes. */
const maxCharacters = 64
/** Of a digest of the server's own name, so that the name stays the same from session to session. */
const markCharacters = 6

/**
 * `<server>_<tool>` as a model may call it, unlike every name in `taken`: a server cannot take the place of another tool by what
 * it calls its own. Other characters than letters, digits, `_` and `-` become `_`.
 */
export function nameForModel(server: string, tool: string, taken: ReadonlySet<string>): string {
  const plain = `${server}_${tool}`.replaceAll(/[^A-Za-z0-9_-]/g, '_')
  if (plain.length <= maxCharacters && !taken.has(plain)) return plain
  const digest = sha256(`${server} ${tool}`).toString('hex')
  for (let from = 0; from + markCharacters <= digest.length; from += 1) {
    const mark = digest.slice(from, from + markCharacters)
    const marked = `${plain.slice(0, maxCharacters - mark.length - 1)}_${mark}`
    if (!taken.has(marked)) return marked
  }
  throw new RangeError(`no name is left for a tool of ${server}`)
}
