/**
 * Threat: a key that leaked is used from somewhere else.
 * Rule: a key with a list of allowed addresses serves requests from these alone.
 * On failure: api_key.address_refused, also where the list cannot be read: who wrote it wanted fewer addresses, not all of them.
 */
import type { Uuid } from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'
import type { StoredApiKey } from '../platform/postgres/with-unproven.ts'
import { inRanges, parseRanges } from './client-address.ts'

export function requireKeyAddress({ id, allowedAddresses }: StoredApiKey, address: string): void {
  if (allowedAddresses !== null && !inRanges(address, readAllowed(id, allowedAddresses))) {
    throw new AppError('api_key.address_refused', `key ${id} from ${address}`)
  }
}

type Ranges = ReturnType<typeof parseRanges>

/** By the list of a row, which serves many requests. */
const readRanges = new WeakMap<readonly string[], Ranges>()

function readAllowed(id: Uuid, allowedAddresses: readonly string[]): Ranges {
  try {
    const ranges = readRanges.get(allowedAddresses) ?? parseRanges(allowedAddresses)
    readRanges.set(allowedAddresses, ranges)
    return ranges
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('api_key.address_refused', `the allowed addresses of key ${id} cannot be read: ${found}`, {
      cause,
    })
  }
}
