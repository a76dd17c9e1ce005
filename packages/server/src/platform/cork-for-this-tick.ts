import type { Writable } from 'node:stream'

const corked = new WeakSet<Writable>()

/** What waits here counts as unsent, so it must stay small beside any bound of unsent bytes. */
const mostHeldBytes = 16_384

/**
 * What is written to the stream until everything that is ready now has run (the current tick and its promises) leaves in one
 * piece, or in several where it is more than 16 KiB. A write to a socket costs more than what is written: a reply of 24 tokens is
 * one of them instead of 24, and nothing waits for what is not there yet.
 */
export function corkForThisTick(stream: Writable): void {
  if (corked.has(stream)) {
    if (stream.writableLength < mostHeldBytes) return
    stream.uncork()
    stream.cork()
    return
  }
  corked.add(stream)
  stream.cork()
  process.nextTick(() => {
    corked.delete(stream)
    stream.uncork()
  })
}
