import { expect, test } from 'vitest'
import { opusPacketMs } from './opus-packet-ms.ts'

const toc = (configuration: number, code = 0, stereo = 0) => configuration * 8 + stereo * 4 + code

test.each([
  ['narrow band, 10 ms', [toc(0)], 10],
  ['wide band, 60 ms', [toc(11)], 60],
  ['hybrid, 10 ms', [toc(12)], 10],
  ['hybrid, 20 ms', [toc(15)], 20],
  ['low delay, 2.5 ms', [toc(16)], 2.5],
  ['low delay, 20 ms', [toc(31)], 20],
  ['two frames of equal length', [toc(31, 1), 1, 2], 40],
  ['two frames of any length', [toc(11, 2), 0], 120],
  ['48 frames of 2.5 ms', [toc(16, 3), 48], 120],
  ['two frames with padding and lengths', [toc(11, 3), 0xc0 + 2], 120],
  ['three frames of 60 ms, which are too much', [toc(11, 3), 3], undefined],
  ['63 frames', [toc(16, 3), 63], undefined],
  ['no frames', [toc(31, 3), 0], undefined],
  ['many frames, without their number', [toc(31, 3)], undefined],
  ['two channels', [toc(31, 0, 1), 1], undefined],
  ['nothing', [], undefined],
])('%s', (_name, bytes, ms) => {
  expect(opusPacketMs(Uint8Array.from(bytes))).toBe(ms)
})
