import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** What the microphone is sent at (voice-runtime 2). */
export const microphoneSampleRate = 16_000

/** A `pipecat.Frame` with 16 kHz s16le samples of one channel. */
export function audioFrame(pcm: Uint8Array): Uint8Array<ArrayBuffer> {
  return new BinaryWriter()
    .tag(2, WireType.LengthDelimited)
    .fork()
    .tag(3, WireType.LengthDelimited)
    .bytes(pcm)
    .tag(4, WireType.Varint)
    .uint32(microphoneSampleRate)
    .tag(5, WireType.Varint)
    .uint32(1)
    .join()
    .finish()
}

/** A `pipecat.Frame` with one packet of Opus, as its name says. */
export function opusFrame(packet: Uint8Array): Uint8Array<ArrayBuffer> {
  return new BinaryWriter()
    .tag(2, WireType.LengthDelimited)
    .fork()
    .tag(2, WireType.LengthDelimited)
    .string('opus')
    .tag(3, WireType.LengthDelimited)
    .bytes(packet)
    .join()
    .finish()
}

/** A `pipecat.Frame` with the JSON text of one RTVI envelope. */
export function messageFrame(json: string): Uint8Array<ArrayBuffer> {
  return new BinaryWriter()
    .tag(4, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.LengthDelimited)
    .string(json)
    .join()
    .finish()
}
