import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../platform/crypto/canonical-json.ts'

/**
 * What a confirmation is bound to: SHA-256, in hex, of the canonical JSON of the tool's name and its arguments. Undefined for
 * arguments that are no JSON: such a call cannot be confirmed, and cannot be made.
 */
export function digestCall({
  name,
  argumentsJson,
}: {
  readonly name: string
  readonly argumentsJson: string
}): string | undefined {
  try {
    const args: unknown = JSON.parse(argumentsJson === '' ? '{}' : argumentsJson)
    return createHash('sha256')
      .update(canonicalJson({ tool: name, arguments: args }), 'utf8')
      .digest('hex')
  } catch {
    return undefined
  }
}
