/**
 * Threat: a client sends bytes that make the reader allocate, loop, recurse or throw where nobody catches.
 * Rule: one pass over one bounded frame (data-boundary 5) of a few fields; lengths are checked against what is there, text is
 * valid UTF-8, fields that we do not know are skipped, and everything that a frame may say is one of three things.
 * On failure: undefined, for which the socket closes with its code; nothing of the frame is used.
 *
 * Format: `pipecat.Frame` of RTVI over WebSocket (voice-runtime 2), a oneof of 1 text, 2 audio, 3 transcription, 4 message,
 * 5 interruption; protocol buffers, https://protobuf.dev/programming-guides/encoding. Of a field that comes twice the last
 * counts, as there.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

export type AudioFrame = {
  readonly kind: 'audio'
  /** Signed 16-bit little-endian samples, or one packet of Opus; a view into the bytes that were read. */
  readonly sound: Uint8Array
  readonly isOpus: boolean
  /** As the client wrote them: 0 where it wrote nothing. */
  readonly sampleRate: number
  readonly channels: number
}

export type ClientFrame =
  | AudioFrame
  /** The text of an RTVI envelope, not parsed yet. */
  | { readonly kind: 'message'; readonly json: string }
  /** Well formed, and of a kind that a server has no use for. */
  | { readonly kind: 'other' }

/** What the official clients play, whatever a frame says. */
export const playedRate = 24_000

/** The `name` of an audio frame that holds a packet of Opus. Other names say nothing: official clients number their frames. */
const opusName = Buffer.from('opus')

/** An audio frame has six; more are there to keep the reader busy. */
const maxFields = 32

export function readClientFrame(bytes: Uint8Array): ClientFrame | undefined {
  try {
    let frame: ClientFrame | undefined
    readFields(bytes, (field, wireType, reader) => {
      if (field > 5 || wireType !== WireType.LengthDelimited) {
        skip(reader, wireType, field)
        frame ??= { kind: 'other' }
        return
      }
      const inner = reader.bytes()
      if (field === 2) frame = readAudio(inner)
      else if (field === 4) frame = readMessage(inner)
      else frame = { kind: 'other' }
    })
    return frame
  } catch {
    return undefined
  }
}

function readAudio(bytes: Uint8Array): ClientFrame {
  const audio: { sound: Uint8Array; isOpus: boolean; sampleRate: number; channels: number } = {
    sound: new Uint8Array(),
    isOpus: false,
    sampleRate: 0,
    channels: 0,
  }
  readFields(bytes, (field, wireType, reader) => {
    if (field === 2 && wireType === WireType.LengthDelimited) audio.isOpus = opusName.equals(reader.bytes())
    else if (field === 3 && wireType === WireType.LengthDelimited) audio.sound = reader.bytes()
    else if (field === 4 && wireType === WireType.Varint) audio.sampleRate = reader.uint32()
    else if (field === 5 && wireType === WireType.Varint) audio.channels = reader.uint32()
    else skip(reader, wireType, field)
  })
  return { kind: 'audio', ...audio }
}

function readMessage(bytes: Uint8Array): ClientFrame {
  let json = ''
  readFields(bytes, (field, wireType, reader) => {
    if (field === 1 && wireType === WireType.LengthDelimited) json = reader.string(true)
    else skip(reader, wireType, field)
  })
  return { kind: 'message', json }
}

function readFields(bytes: Uint8Array, read: (field: number, wireType: WireType, reader: BinaryReader) => void): void {
  const reader = new BinaryReader(bytes)
  for (let count = 0; reader.pos < reader.len; count += 1) {
    if (count >= maxFields) throw new RangeError('too many fields')
    const [field, wireType] = reader.tag()
    read(field, wireType, reader)
  }
}

/** Groups are older than any client of this protocol, and the only thing that nests while it is skipped. */
function skip(reader: BinaryReader, wireType: WireType, field: number): void {
  if (wireType === WireType.StartGroup) throw new RangeError('a group')
  reader.skip(wireType, field)
}

/** 24 kHz samples of one channel, an even number of bytes; or, by its name, a packet of Opus made of such samples. */
export function audioFrame(sound: Uint8Array, name: 'audio' | 'opus' = 'audio'): Uint8Array {
  if (name !== 'audio' || sound.byteLength !== usualBytes) return writeAudio(sound, name)
  const frame = Buffer.from(usualFrame)
  frame.set(sound, usualSoundAt)
  return frame
}

function writeAudio(sound: Uint8Array, name: string): Uint8Array {
  return new BinaryWriter()
    .tag(2, WireType.LengthDelimited)
    .fork()
    .tag(2, WireType.LengthDelimited)
    .string(name)
    .tag(3, WireType.LengthDelimited)
    .bytes(sound)
    .tag(4, WireType.Varint)
    .uint32(playedRate)
    .tag(5, WireType.Varint)
    .uint32(1)
    .join()
    .finish()
}

/** 20 ms, what nearly all frames hold: only the samples of them differ, so the rest is written once. */
const usualBytes = (playedRate / 50) * 2
const usualFrame = writeAudio(new Uint8Array(usualBytes).fill(0xff), 'audio')
const usualSoundAt = usualFrame.indexOf(0xff)

/** The JSON text of an RTVI envelope. */
export function messageFrame(json: string): Uint8Array {
  return new BinaryWriter()
    .tag(4, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.LengthDelimited)
    .string(json)
    .join()
    .finish()
}

/** For clients that announced it: what was sent and has not been played is to be dropped. */
export function interruptionFrame(): Uint8Array {
  return new BinaryWriter().tag(5, WireType.LengthDelimited).bytes(new Uint8Array()).finish()
}
