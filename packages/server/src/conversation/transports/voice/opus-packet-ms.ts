import { maxPacketBytes } from './opus-machine.ts'

/** How long a frame of each configuration is, in ms (RFC 6716, 3.1, table 2). */
const silkMs = [10, 20, 40, 60] as const
const hybridMs = [10, 20] as const
const celtMs = [2.5, 5, 10, 20] as const
const maxMs = 120

/**
 * How much sound a packet of one channel holds, in ms, without decoding it; a few bytes may hold 120 ms of silence. Undefined:
 * malformed, as far as its first two bytes say (RFC 6716, 3).
 */
export function opusPacketMs(packet: Uint8Array): number | undefined {
  const [first, second = 0] = packet
  if (first === undefined || packet.byteLength > maxPacketBytes) return undefined
  const isStereo = (first & 4) !== 0
  const count = framesIn(first & 3, second)
  const ms = count * frameMs(first >> 3)
  return isStereo || count === 0 || ms > maxMs ? undefined : ms
}

function framesIn(code: number, second: number): number {
  if (code === 0) return 1
  return code === 3 ? second & 63 : 2
}

function frameMs(configuration: number): number {
  if (configuration < 12) return silkMs[configuration & 3] ?? 0
  if (configuration < 16) return hybridMs[configuration & 1] ?? 0
  return celtMs[configuration & 3] ?? 0
}
