export type Wave = {
  readonly rate: number
  /** s16le, one channel, whole samples. */
  readonly pcm: Uint8Array
}

const pcmFormat = 1

/** Reads a RIFF file with 16 bit samples of one channel (Multimedia Programming Interface 1.0, 1991). Anything else is a RangeError. */
export function readWave(file: Uint8Array): Wave {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (file.length < 12 || nameAt(view, 0) !== 'RIFF' || nameAt(view, 8) !== 'WAVE') throw new RangeError('no WAVE file')
  let rate: number | undefined
  for (let at = 12; at + 8 <= file.length; ) {
    const name = nameAt(view, at)
    const length = view.getUint32(at + 4, true)
    const from = at + 8
    if (from + length > file.length) throw new RangeError(`a WAVE chunk ends behind the file: ${name}`)
    if (name === 'fmt ') rate = readRate(view, from, length)
    if (name === 'data') {
      if (rate === undefined) throw new RangeError('a WAVE file without a format')
      return { rate, pcm: file.subarray(from, from + length - (length % 2)) }
    }
    at = from + length + (length % 2)
  }
  throw new RangeError('a WAVE file without samples')
}

function readRate(view: DataView, from: number, length: number): number {
  if (length < 16) throw new RangeError('a WAVE format that is too short')
  const [format, channels, bits] = [
    view.getUint16(from, true),
    view.getUint16(from + 2, true),
    view.getUint16(from + 14, true),
  ]
  if (format !== pcmFormat || channels !== 1 || bits !== 16) {
    throw new RangeError(
      `expected 16 bit PCM of one channel, found format ${format}, ${channels} channels, ${bits} bits`,
    )
  }
  return view.getUint32(from + 4, true)
}

function nameAt(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3))
}
