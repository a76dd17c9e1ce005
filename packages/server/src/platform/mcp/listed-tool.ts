import { canonicalJson } from '../crypto/canonical-json.ts'
import { sha256 } from '../crypto/sha256.ts'

/** What a model is told of a tool: the server's words, without what nobody can see. */
export type ToolDescription = {
  readonly name: string
  readonly description: string
  readonly inputSchema: Readonly<Record<string, unknown>>
}

/** A tool as its server lists it now. */
export type ListedTool = ToolDescription & {
  /** Of the canonical JSON (RFC 8785) of `{name, description, input_schema}`, hex. */
  readonly sha256: string
}

export function listedTool(tool: ToolDescription): ListedTool {
  return { ...tool, sha256: sha256(canonicalJson(hashed(tool))).toString('hex') }
}

/** SHA-256 of a whole list, hex: of the canonical JSON of its tools, by name. The order in which a server lists them says nothing. */
export function digestOfTools(tools: readonly ToolDescription[]): string {
  const byName = tools.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  return sha256(canonicalJson(byName.map(hashed))).toString('hex')
}

function hashed({ name, description, inputSchema }: ToolDescription): object {
  return { name, description, input_schema: inputSchema }
}
