import { parseUuid, type Uuid } from '@hyponema/contract'
import { AppError } from './app-error.ts'
import { readCursor } from './cursor.ts'

const versionIdPrefix = '00000000-0000-8000-8000-'
/** What the column holds; PostgreSQL refuses to compare with more. */
const maxVersion = 2_147_483_647

/**
 * A version's number in the form of an id (RFC 9562, version 8: a layout of our own). A version is named by what it is a
 * version of and its number, and has no other id; idempotency keys and cursors hold ids.
 */
export function versionId(version: number): Uuid {
  const id = parseUuid(`${versionIdPrefix}${version.toString(16).padStart(12, '0')}`)
  if (id === undefined) throw new RangeError(`expected the number of a version, found ${version}`)
  return id
}

/** The number that `versionId` was given, or undefined for an id of anything else. */
export function versionNumber(id: Uuid): number | undefined {
  return id.startsWith(versionIdPrefix) ? Number.parseInt(id.slice(versionIdPrefix.length), 16) : undefined
}

/** A cursor of another list is as unreadable here as one that was altered. */
export function readVersionCursor(text: string | undefined): number | undefined {
  const cursor = readCursor(text)
  if (cursor === undefined) return undefined
  const version = versionNumber(cursor)
  if (version !== undefined && version <= maxVersion) return version
  throw new AppError('request.invalid', 'cursor of another list', {
    errors: [{ pointer: '/cursor', detail: 'send the next_cursor of an earlier page of this list' }],
  })
}

/** The number of a version in a path. What is none answers as a version that does not exist. */
export function pathVersion(text: string): number | undefined {
  const version = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined
  return version !== undefined && version <= maxVersion ? version : undefined
}
