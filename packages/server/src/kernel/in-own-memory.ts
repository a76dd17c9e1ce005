/**
 * The same bytes in memory of their own. What comes from the database driver is a view into a pool of 64 KB, and the whole of
 * it lives as long as the view: who keeps bytes for a session copies them.
 */
export function inOwnMemory(bytes: Uint8Array): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.byteLength)
  own.set(bytes)
  return own
}
