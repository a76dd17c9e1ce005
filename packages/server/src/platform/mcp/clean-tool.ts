/**
 * Threat: a tool server hides words for the model in its descriptions or schemas where the person who approves them cannot see
 * them, or fills the prompt with them.
 * Rule: descriptions lose every invisible character and end at their cap; anywhere else in a schema, where a word is a name or
 * a value, an invisible character makes the tool unusable. Size and depth are bounded before anything looks at the content.
 * On failure: the tool is unusable, with the reason in our words.
 */
import { canonicalJson } from '../crypto/canonical-json.ts'
import { type ListedTool, listedTool } from './listed-tool.ts'

export type UntrustedTool = {
  readonly name: string
  readonly description: string | undefined
  readonly inputSchema: Readonly<Record<string, unknown>>
}

export type CleanedTool =
  | { readonly ok: true; readonly tool: ListedTool }
  | { readonly ok: false; readonly problem: string }

/** Two pages. What a model needs to choose a tool is less. */
const maxDescriptionCharacters = 4000
const maxSchemaTextCharacters = 1000
/** As for the arguments of an HTTP tool: a model reads each schema with every question. */
const maxSchemaBytes = 16_384
const maxDepth = 64

/** Format, control, private and unassigned-looking characters, fillers and selectors; tab and line feed are seen. */
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]|(?![\t\n])\p{Cc}/gu
/** Members of a schema that are prose. */
const prose = new Set(['description', 'title', '$comment'])

export function cleanTool(untrusted: UntrustedTool): CleanedTool {
  try {
    const inputSchema = cleanObject(untrusted.inputSchema, 0)
    if (Buffer.byteLength(canonicalJson(inputSchema), 'utf8') > maxSchemaBytes) {
      return { ok: false, problem: `its schema has more than ${maxSchemaBytes} bytes` }
    }
    const description = cleanText(untrusted.description ?? '', maxDescriptionCharacters)
    return { ok: true, tool: listedTool({ name: untrusted.name, description, inputSchema }) }
  } catch (error) {
    if (error instanceof Unclean) return { ok: false, problem: error.message }
    throw error
  }
}

class Unclean extends Error {}

function cleanText(text: string, maxCharacters: number): string {
  const seen = text.toWellFormed().replaceAll(unseen, '').trim()
  return Array.from(seen).slice(0, maxCharacters).join('')
}

function cleanObject(value: object, depth: number): Record<string, unknown> {
  if (depth > maxDepth) throw new Unclean(`its schema is nested deeper than ${maxDepth} levels`)
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      requireSeen(name)
      const isProse = prose.has(name) && typeof member === 'string'
      return [name, isProse ? cleanText(member, maxSchemaTextCharacters) : cleanValue(member, depth + 1)]
    }),
  )
}

function cleanValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') {
    requireSeen(value)
    return value
  }
  if (typeof value !== 'object' || value === null) return value
  if (!Array.isArray(value)) return cleanObject(value, depth)
  if (depth > maxDepth) throw new Unclean(`its schema is nested deeper than ${maxDepth} levels`)
  return value.map((item) => cleanValue(item, depth + 1))
}

function requireSeen(text: string): void {
  if (text.isWellFormed() && text.search(unseen) === -1) return
  throw new Unclean('its schema has invisible characters in a name or a value')
}
