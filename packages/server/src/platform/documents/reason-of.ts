import { DocumentRefused } from './document-refused.ts'
import type { RefusalReason } from './refusal-reasons.ts'

/** Why a reader failed; `otherwise` is what its failures mean that have no name. */
export function reasonOf(error: unknown, otherwise: RefusalReason): RefusalReason {
  if (error instanceof DocumentRefused) return error.reason
  if (error instanceof RangeError) {
    if (/call stack/i.test(error.message)) return 'too_deep'
    if (/allocat|invalid (string|array|array buffer|typed array) length/i.test(error.message))
      return 'took_too_much_memory'
  }
  return otherwise
}
