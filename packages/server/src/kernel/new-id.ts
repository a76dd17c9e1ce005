import { makeUuidV7, type Uuid } from '@hyponema/contract'
import type { Clock } from './clock.ts'

/** Makes time-ordered ids (UUIDv7). An argument everywhere, so that tests can fix it. */
export type NewId = () => Uuid

/** An id is not a secret: its randomness only keeps two ids of one millisecond apart. */
export function idMaker(clock: Clock): NewId {
  return () => makeUuidV7(clock.nowMs(), globalThis.crypto.getRandomValues(new Uint8Array(10)))
}
