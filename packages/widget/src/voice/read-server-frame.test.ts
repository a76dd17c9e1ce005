import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { audioFrame, messageFrame, opusFrame } from './client-frames.ts'
import { readServerFrame } from './read-server-frame.ts'

const buffer = (bytes: Uint8Array) => new Uint8Array(bytes).buffer

describe('a frame of the server', () => {
  test('with audio is its samples', () => {
    const pcm = new Uint8Array(new Int16Array([1, -1, 32_767, -32_768]).buffer)
    expect(readServerFrame(buffer(audioFrame(pcm)))).toEqual({
      kind: 'audio',
      samples: new Int16Array([1, -1, 32_767, -32_768]),
    })
  })

  test('named opus is one packet, of any length', () => {
    const packet = Uint8Array.of(0xf8, 1, 2)
    expect(readServerFrame(buffer(opusFrame(packet)))).toEqual({ kind: 'packet', packet })
  })

  test('with a message is its text', () => {
    expect(readServerFrame(buffer(messageFrame('{"label":"é"}')))).toEqual({ kind: 'message', json: '{"label":"é"}' })
  })

  test('with an interruption is one, empty or not', () => {
    expect(readServerFrame(buffer(Uint8Array.of(0x2a, 0)))).toEqual({ kind: 'interruption' })
    expect(readServerFrame(buffer(Uint8Array.of(0x2a, 2, 8, 1)))).toEqual({ kind: 'interruption' })
  })

  test('of another kind is other, and fields that a newer server added are skipped', () => {
    expect(readServerFrame(buffer(Uint8Array.of(0x0a, 0)))).toEqual({ kind: 'other' })
    const grown = new BinaryWriter().tag(19, WireType.Varint).uint32(7).tag(5, WireType.LengthDelimited)
    expect(readServerFrame(buffer(grown.bytes(new Uint8Array()).finish()))).toEqual({ kind: 'interruption' })
  })

  test('with half a sample is nothing', () => {
    expect(readServerFrame(buffer(audioFrame(Uint8Array.of(1, 2, 3))))).toBeUndefined()
  })

  test('that is cut, empty or noise never throws', () => {
    const whole = audioFrame(new Uint8Array(40))
    for (let cut = 0; cut < whole.length; cut += 1)
      expect(() => readServerFrame(buffer(whole.subarray(0, cut)))).not.toThrow()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readServerFrame(buffer(bytes))
      }),
    )
  })
})
