/** What fits beside a conversation; the rest is for whoever reads the transcript. */
const maxCharacters = 400

/**
 * What a tool was asked or answered, in a line that a person can read: `{"day":"Tuesday","n":2}` -> "day: Tuesday · n: 2". What is no
 * object of JSON is shown as it came.
 */
export function formatPayload(json: string): string {
  const fields = fieldsOf(json)
  const words = fields === undefined ? json : fields.map(([name, value]) => `${name}: ${valueWords(value)}`).join(' · ')
  return words.length <= maxCharacters ? words : `${words.slice(0, maxCharacters).toWellFormed()}…`
}

function fieldsOf(json: string): readonly (readonly [string, unknown])[] | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined
  } catch {
    return undefined
  }
}

function valueWords(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
