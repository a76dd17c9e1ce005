import { columnClasses } from '@hyponema/contract'
import { askAsSuperuser } from './ask-as-superuser.ts'

/** Format and suite, with which every sealed payload begins. */
const envelope = Buffer.from([1, 1])
/** Less than a header, a nonce and a tag is no sealed payload. */
const shortestEnvelope = 94
const hashBytes = 32

/**
 * Looks at every row of every column that holds secrets. What is stored of one is a hash or MAC of 32 bytes, a wrapped key, or a
 * sealed payload; the rest is told, and so is whatever could be read as text.
 */
export async function unsealedRows(
  home: string,
): Promise<{ readonly rows: number; readonly unsealed: readonly string[] }> {
  const unsealed: string[] = []
  let rows = 0
  for (const [table, columns] of Object.entries(columnClasses)) {
    for (const [column, kind] of Object.entries(columns)) {
      if (kind !== 'secret') continue
      const stored = await askAsSuperuser<{ value: Buffer | null }>(home, `select ${column} as value from ${table}`)
      for (const { value } of stored) {
        if (value === null) continue
        rows += 1
        if (!isClosed(column, value)) unsealed.push(`${table}.${column}: ${value.length} bytes`)
      }
    }
  }
  return { rows, unsealed }
}

function isClosed(column: string, value: Buffer): boolean {
  if (/^[\x09-\x7e]*$/.test(value.toString('latin1'))) return false
  if (/_(sha256|mac)$/.test(column)) return value.length === hashBytes
  // A key of 32 bytes, wrapped by RFC 5649, is 40; a service's own form is longer.
  if (column === 'wrapped_key') return value.length >= 40
  return column === 'sealed' && value.length >= shortestEnvelope && value.subarray(0, 2).equals(envelope)
}
