import { makeUuidV7, type Uuid } from '@hyponema/contract'
import type { Clock } from './clock.ts'

/** Makes time-ordered ids (UUIDv7). An argument everywhere, so that tests can fix it. */
export type NewId = () => Uuid

/**
 * Ids of one maker are strictly increasing, within a millisecond too (RFC 9562 section 6.2, method 1: a 12-bit counter),
 * because lists and the turns of a conversation are ordered by them. An id is not a secret: its randomness only keeps
 * the ids of two processes apart.
 */
export function idMaker(clock: Clock): NewId {
  let lastMs = 0
  let counter = 0
  return () => {
    const nowMs = clock.nowMs()
    counter = nowMs > lastMs ? 0 : counter + 1
    lastMs = Math.max(nowMs, lastMs)
    if (counter > 0xfff) {
      counter = 0
      lastMs += 1
    }
    const random = globalThis.crypto.getRandomValues(new Uint8Array(10))
    random[0] = counter >> 8
    random[1] = counter & 0xff
    return makeUuidV7(lastMs, random)
  }
}
