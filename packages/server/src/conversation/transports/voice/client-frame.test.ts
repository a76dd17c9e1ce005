import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { audioFrame, interruptionFrame, messageFrame, readClientFrame } from './client-frame.ts'

const audio = (inner: (writer: BinaryWriter) => BinaryWriter): Uint8Array =>
  inner(new BinaryWriter().tag(2, WireType.LengthDelimited).fork()).join().finish()

/** 20 ms, as the player sends them. */
const usualLength = fc.uint8Array({ minLength: 960, maxLength: 960 })

describe('a frame', () => {
  test('of any bytes is read or is none, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const frame = readClientFrame(bytes)
        return frame === undefined || ['audio', 'message', 'other'].includes(frame.kind)
      }),
    )
  })

  test('that is cut or altered anywhere never throws', () => {
    const whole = audioFrame(new Uint8Array(64).fill(7))
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, value, end) => {
        const bytes = whole.slice(0, end)
        if (at < end) bytes[at] = value
        readClientFrame(bytes)
      }),
    )
  })

  test('with sound comes back as it was, at the rate that clients play', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 2000 }), usualLength), (pcm) => {
        const frame = readClientFrame(Uint8Array.from(audioFrame(pcm)))
        expect(frame).toEqual({ kind: 'audio', sound: pcm, isOpus: false, sampleRate: 24_000, channels: 1 })
      }),
    )
  })

  test('with a message comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const json = JSON.stringify(text)
        expect(readClientFrame(messageFrame(json))).toEqual({ kind: 'message', json })
      }),
    )
  })

  test('with id, name and time beside the sound is read like one without', () => {
    const bytes = audio((writer) =>
      writer
        .tag(1, WireType.Varint)
        .uint64(12n)
        .tag(2, WireType.LengthDelimited)
        .string('AudioRawFrame#1')
        .tag(3, WireType.LengthDelimited)
        .bytes(Uint8Array.of(1, 2))
        .tag(4, WireType.Varint)
        .uint32(16_000)
        .tag(5, WireType.Varint)
        .uint32(1)
        .tag(6, WireType.Varint)
        .uint64(99n),
    )
    expect(readClientFrame(bytes)).toEqual({
      kind: 'audio',
      isOpus: false,
      sound: Uint8Array.of(1, 2),
      sampleRate: 16_000,
      channels: 1,
    })
  })

  test('named opus holds a packet, and one of any other name samples', () => {
    const packet = Uint8Array.of(1, 2, 3)
    expect(readClientFrame(audioFrame(packet, 'opus'))).toMatchObject({ sound: packet, isOpus: true })
    for (const name of ['opus ', 'Opus', 'opu', ''])
      expect(readClientFrame(audio((writer) => writer.tag(2, WireType.LengthDelimited).string(name)))).toMatchObject({
        isOpus: false,
      })
  })

  test.each([1, 3, 5])('of kind %i is nothing that a client has to say', (field) => {
    const bytes = new BinaryWriter().tag(field, WireType.LengthDelimited).bytes(Uint8Array.of(8, 1)).finish()
    expect(readClientFrame(bytes)).toEqual({ kind: 'other' })
  })

  test('of a kind that is not known yet is passed over', () => {
    const bytes = new BinaryWriter().tag(9, WireType.LengthDelimited).string('x').finish()
    expect(readClientFrame(bytes)).toEqual({ kind: 'other' })
  })

  test('of an interruption is empty', () => {
    expect([...interruptionFrame()]).toEqual([0x2a, 0])
  })

  test.each([
    ['nothing', Uint8Array.of()],
    ['a length beyond the end', Uint8Array.of(0x12, 0x7f, 1, 2)],
    ['a length beyond all numbers', Uint8Array.of(0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
    ['field 0', Uint8Array.of(2, 0)],
    ['text that is no UTF-8', Uint8Array.of(0x22, 4, 0x0a, 2, 0xc3, 0x28)],
    ['a group', Uint8Array.of(0x33, 0x34)],
    ['a thousand groups', new Uint8Array(1000).fill(0x0b)],
  ])('that is %s is malformed', (_name, bytes) => {
    expect(readClientFrame(bytes)).toBeUndefined()
  })

  test('of more fields than any client writes is malformed', () => {
    const writer = new BinaryWriter()
    for (let count = 0; count < 33; count += 1) writer.tag(6, WireType.Varint).uint32(1)
    const many = writer.finish()
    expect(readClientFrame(many)).toBeUndefined()
    expect(readClientFrame(audio((inner) => inner.raw(many)))).toBeUndefined()
  })
})
