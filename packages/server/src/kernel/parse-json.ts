/** What the text says, or undefined where it is no JSON; a schema refuses that as it refuses any other wrong value. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
