/** What the tests of keys and tokens share: ids, a clock that stands, folders that vanish, and a way to name a refusal. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseUuid, type Uuid } from '@hyponema/contract'
import { z } from 'zod'
import { AppError } from '../../../kernel/app-error.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { type KeyPurpose, Keyring, keyPurposes } from '../keyring.ts'
import { Secret } from '../secret.ts'

/** Any start will do; a whole second, because tokens count in seconds. */
export const startMs = Date.UTC(2026, 0, 15, 12)

/** A different UUID for each number. */
export function testUuid(number: number): Uuid {
  const uuid = parseUuid(`0190b5a0-0000-7000-8000-${number.toString(16).padStart(12, '0')}`)
  if (uuid === undefined) throw new RangeError(`${number} gives no UUID`)
  return uuid
}

export function standingClock(nowMs: number = startMs): Clock & { advance: (byMs: number) => void } {
  let now = nowMs
  return {
    nowMs: () => now,
    advance: (byMs) => {
      now += byMs
    },
  }
}

/** A folder and what removes it. */
export function temporaryFolder(): { readonly path: (name: string) => string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'hyponema-keys-'))
  return { path: (name) => join(folder, name), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** A keyring in memory: one active key a purpose, all different, the same at each call. */
export function testKeyring(options: { seed?: number } = {}): Keyring {
  return new Keyring(
    keyPurposes.map((purpose, index) => ({
      id: `${purpose}-1`,
      purpose,
      state: 'active' as const,
      key: secretOf((options.seed ?? 1) * 16 + index),
    })),
  )
}

export function jsonObject(text: string): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
}

/** The objects in one member of a file of keys, to be changed and written back. */
export function jsonList(text: string, member: string): Record<string, unknown>[] {
  return z.array(z.record(z.string(), z.unknown())).parse(jsonObject(text)[member])
}

/** The text of one entry in a keyring file. */
export function keyringEntry(
  purpose: KeyPurpose,
  number: number,
  changes: Record<string, unknown> = {},
): Record<string, unknown> {
  const key = Buffer.alloc(32, keyPurposes.indexOf(purpose) * 40 + number).toString('base64url')
  return {
    id: `${purpose}-${number}`,
    purpose,
    state: 'active',
    key,
    created_at: '2026-01-15T12:00:00.000Z',
    ...changes,
  }
}

export function secretOf(byte: number, length = 32): Secret {
  return new Secret(Buffer.alloc(length, byte))
}

/** The bytes of a secret, for comparison. */
export function bytesOf(secret: Secret): Buffer {
  return secret.use((bytes) => Buffer.from(bytes))
}

export function withFlippedBit(bytes: Uint8Array, bit: number): Buffer {
  const changed = Buffer.from(bytes)
  const index = Math.floor(bit / 8)
  changed[index] = (changed[index] ?? 0) ^ (1 << (bit % 8))
  return changed
}

/** The code of the refusal, undefined when `work` was not refused; anything that is no refusal is thrown on. */
export function refusalOf(work: () => unknown): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

export async function refusalOfAsync(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}
