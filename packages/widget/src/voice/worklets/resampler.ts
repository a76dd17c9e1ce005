/** Zero crossings of the filter on each side: enough for a transition band that speech does not notice. */
const zeroCrossings = 16
/** The pass band ends a little below half of the lower rate, so that what would fold back is gone. */
const passBand = 0.92
/** Of the Kaiser window: about 80 dB of attenuation. */
const kaiserBeta = 8

/**
 * Changes the sample rate of a stream by a windowed-sinc low-pass, one phase for each place an output sample can have between
 * two input samples (the polyphase form in J. O. Smith, "Digital Audio Resampling"). Delay: half the filter, about 1 ms.
 */
export class Resampler {
  readonly #upFactor: number
  readonly #downFactor: number
  readonly #halfLength: number
  readonly #phases: readonly Float32Array[]
  #input: Float32Array
  #inputLength: number
  /** Index of the input sample at, or before, the next output sample; and the phase between it and the one after. */
  #centre: number
  #phase = 0

  constructor(inputRate: number, outputRate: number) {
    const divisor = greatestCommonDivisor(Math.round(inputRate), outputRate)
    this.#upFactor = outputRate / divisor
    this.#downFactor = Math.round(inputRate) / divisor
    const cutoff = 0.5 * passBand * Math.min(1, outputRate / inputRate)
    this.#halfLength = Math.ceil(zeroCrossings / (2 * cutoff))
    this.#phases = Array.from({ length: this.#upFactor }, (_, phase) =>
      filterPhase(phase / this.#upFactor, this.#halfLength, cutoff),
    )
    this.#input = new Float32Array(this.#halfLength * 2 + 4096)
    // Before the first sample there was silence.
    this.#inputLength = this.#halfLength
    this.#centre = this.#halfLength
  }

  /** The output samples that these input samples complete. */
  push(samples: Float32Array): Float32Array {
    this.#append(samples)
    const output: number[] = []
    while (this.#centre + this.#halfLength < this.#inputLength) {
      output.push(this.#at(this.#centre, this.#phases[this.#phase] ?? new Float32Array()))
      this.#phase += this.#downFactor
      this.#centre += Math.floor(this.#phase / this.#upFactor)
      this.#phase %= this.#upFactor
    }
    return Float32Array.from(output)
  }

  #at(centre: number, filter: Float32Array): number {
    const first = centre - this.#halfLength + 1
    let sum = 0
    for (let tap = 0; tap < filter.length; tap += 1) sum += (this.#input[first + tap] ?? 0) * (filter[tap] ?? 0)
    return sum
  }

  #append(samples: Float32Array): void {
    const needed = this.#inputLength + samples.length
    if (needed > this.#input.length) {
      // What lies before the reach of the filter is not needed any more.
      const from = Math.max(0, this.#centre - this.#halfLength)
      const kept = this.#input.subarray(from, this.#inputLength)
      const grown = new Float32Array(Math.max(this.#input.length, kept.length + samples.length))
      grown.set(kept)
      this.#input = grown
      this.#inputLength -= from
      this.#centre -= from
    }
    this.#input.set(samples, this.#inputLength)
    this.#inputLength += samples.length
  }
}

/** Weights of the input samples from `1 - halfLength` to `halfLength` around the centre, for a point `offset` after it. */
function filterPhase(offset: number, halfLength: number, cutoff: number): Float32Array {
  const weights = new Float32Array(halfLength * 2)
  for (let tap = 0; tap < weights.length; tap += 1) {
    const distance = tap - halfLength + 1 - offset
    weights[tap] = 2 * cutoff * sinc(2 * cutoff * distance) * kaiser(distance / halfLength)
  }
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}

function kaiser(place: number): number {
  return Math.abs(place) > 1 ? 0 : bessel(kaiserBeta * Math.sqrt(1 - place * place)) / bessel(kaiserBeta)
}

/** Modified Bessel function of the first kind and order 0, by its series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1]
  for (let index = 1; term > sum * 1e-9; index += 1) {
    term *= (x / (2 * index)) ** 2
    sum += term
  }
  return sum
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
