/**
 * Threat: bytes that are not ours, or were cut on their way, make the reader throw, loop or allocate in the page.
 * Rule: one pass over one frame, whose lengths are held to what is there; unknown fields are skipped, and a frame says one of
 * five things. Audio has whole 16-bit samples, or is named a packet of Opus, which the browser's decoder judges.
 * On failure: undefined; the frame is dropped and the conversation goes on.
 *
 * Format: `pipecat.Frame` of RTVI over WebSocket (voice-runtime 2): a oneof of 1 text, 2 audio, 3 transcription, 4 message,
 * 5 interruption, as protocol buffers (https://protobuf.dev/programming-guides/encoding).
 */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'

export type ServerFrame =
  /** Signed 16-bit samples at 24 kHz, one channel, whatever else the frame says (voice-runtime 2). */
  | { readonly kind: 'audio'; readonly samples: Int16Array<ArrayBuffer> }
  | { readonly kind: 'packet'; readonly packet: Uint8Array<ArrayBuffer> }
  /** The JSON text of an RTVI envelope, not parsed yet. */
  | { readonly kind: 'message'; readonly json: string }
  | { readonly kind: 'interruption' }
  /** Well formed, and of a kind that this client has no use for. */
  | { readonly kind: 'other' }

const fields = { audio: 2, message: 4, interruption: 5 } as const

export function readServerFrame(untrusted: ArrayBuffer): ServerFrame | undefined {
  try {
    const reader = new BinaryReader(new Uint8Array(untrusted))
    let frame: ServerFrame | undefined
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag()
      if (wireType !== WireType.LengthDelimited) {
        reader.skip(wireType, field)
        continue
      }
      const inner = reader.bytes()
      if (field === fields.audio) frame = readAudio(inner)
      else if (field === fields.message) frame = { kind: 'message', json: readText(inner) }
      else if (field === fields.interruption) frame = { kind: 'interruption' }
      else frame ??= { kind: 'other' }
    }
    return frame
  } catch {
    return undefined
  }
}

function readAudio(bytes: Uint8Array): ServerFrame | undefined {
  const reader = new BinaryReader(bytes)
  let sound = new Uint8Array()
  let name = ''
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === 3 && wireType === WireType.LengthDelimited) sound = new Uint8Array(reader.bytes())
    else if (field === 2 && wireType === WireType.LengthDelimited) name = reader.string()
    else reader.skip(wireType, field)
  }
  if (name === 'opus') return { kind: 'packet', packet: sound }
  if (sound.byteLength % 2 !== 0) return undefined
  // A copy begins at 0, where samples may begin; all machines that browsers run on are little-endian, as the wire is.
  return { kind: 'audio', samples: new Int16Array(sound.buffer) }
}

function readText(bytes: Uint8Array): string {
  const reader = new BinaryReader(bytes)
  let text = ''
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === 1 && wireType === WireType.LengthDelimited) text = reader.string()
    else reader.skip(wireType, field)
  }
  return text
}
