import { DocumentRefused } from './document-refused.ts'

/** In western text one letter in twenty has an accent; where far more of the bytes are high ones it is another alphabet. */
const mostHighBytes = 0.2

/**
 * UTF-8, UTF-16 with its mark, or windows-1252, which old western files are in. Anything else would become the wrong letters in
 * silence, so it is refused.
 */
export function decodeText(bytes: Uint8Array): string {
  const mark = Buffer.from(bytes.subarray(0, 2)).toString('hex')
  if (mark === 'fffe' || mark === 'feff') return decode(bytes, mark === 'fffe' ? 'utf-16le' : 'utf-16be')
  try {
    return decode(bytes, 'utf-8')
  } catch {
    if (!isWestern(bytes)) throw new DocumentRefused('text_encoding')
    return decode(bytes, 'windows-1252')
  }
}

function decode(bytes: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new DocumentRefused('text_encoding', { cause })
  }
}

function isWestern(bytes: Uint8Array): boolean {
  let letters = 0
  let high = 0
  for (const byte of bytes) {
    // Without a letter in windows-1252.
    if (byte === 0x81 || byte === 0x8d || byte === 0x8f || byte === 0x90 || byte === 0x9d) return false
    if (byte >= 0x80) high += 1
    else if (byte > 0x20) letters += 1
  }
  return high <= mostHighBytes * (letters + high)
}
