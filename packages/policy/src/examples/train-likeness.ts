/**
 * How alike a sentence is to a set of examples, learned from them, from sentences that look like them and are harmless, and from
 * ordinary ones: a logistic regression over weighted features (inverse document frequency, unit length), each of the three groups
 * counting the same however large it is. Full batches in a fixed order, so the same examples give the same numbers.
 */
import type { Feature } from './sentence-features.ts'

export interface Sample {
  readonly features: readonly Feature[]
  readonly group: 'example' | 'counter' | 'background'
}

/** From 0 (nothing in common) to 1. */
export type Likeness = (features: readonly Feature[]) => number

const rounds = 60
const step = 14
/** Keeps the weight of a single word in bounds, so that one word alone seldom decides. */
const shrink = 0.002
/** What a feature weighs that stands in no sentence that was learned from: a long sentence with one known word is not alike. */
const unseenRarity = 2

export function trainLikeness(samples: readonly Sample[]): Likeness {
  const table = new FeatureTable(samples)
  const vectors = samples.map(({ features }) => table.vector(features))
  const shares = groupShares(samples)
  const weights = new Float64Array(table.size)
  const gradient = new Float64Array(table.size)
  let bias = 0
  for (let round = 0; round < rounds; round += 1) {
    gradient.fill(0)
    let biasGradient = 0
    for (const [index, vector] of vectors.entries()) {
      const group = samples[index]?.group ?? 'background'
      const error = shares[group] * (sigmoid(dot(vector, weights) + bias) - (group === 'example' ? 1 : 0))
      biasGradient += error
      addTo(gradient, vector, error)
    }
    bias -= step * 0.2 * biasGradient
    for (let place = 0; place < weights.length; place += 1)
      weights[place] = (weights[place] ?? 0) * (1 - step * shrink) - step * (gradient[place] ?? 0)
  }
  return (features) => sigmoid(dot(table.vector(features), weights) + bias)
}

interface Vector {
  readonly places: Int32Array
  readonly values: Float64Array
}

/** Every feature that stands in a sentence, with how seldom it does. */
class FeatureTable {
  private readonly places = new Map<number, number>()
  private readonly rarity: Float64Array

  constructor(samples: readonly Sample[]) {
    const counts: number[] = []
    for (const { features } of samples) {
      for (const hash of new Set(features.map((feature) => feature.hash))) {
        const place = this.places.get(hash) ?? this.places.size
        this.places.set(hash, place)
        counts[place] = (counts[place] ?? 0) + 1
      }
    }
    this.rarity = Float64Array.from(counts, (count) => Math.log((samples.length + 1) / (count + 0.5)))
  }

  get size(): number {
    return this.places.size
  }

  /** Of length one, as far as its features are known. */
  vector(features: readonly Feature[]): Vector {
    const places = new Int32Array(features.length)
    const values = new Float64Array(features.length)
    let squares = 0
    let known = 0
    for (const { hash, weight } of features) {
      const place = this.places.get(hash)
      const value = weight * (place === undefined ? unseenRarity : (this.rarity[place] ?? 0))
      squares += value * value
      if (place === undefined) continue
      places[known] = place
      values[known] = value
      known += 1
    }
    const length = Math.sqrt(squares) || 1
    for (let index = 0; index < known; index += 1) values[index] = (values[index] ?? 0) / length
    return { places: places.subarray(0, known), values: values.subarray(0, known) }
  }
}

/** What one sample of a group weighs; where there are no counter examples, the ordinary ones count for both. */
function groupShares(samples: readonly Sample[]): Readonly<Record<Sample['group'], number>> {
  const count = (group: Sample['group']): number => samples.filter((sample) => sample.group === group).length
  const [examples, counters, background] = [count('example'), count('counter'), count('background')]
  return {
    example: 0.5 / Math.max(1, examples),
    counter: 0.25 / Math.max(1, counters),
    background: (counters === 0 ? 0.5 : 0.25) / Math.max(1, background),
  }
}

function dot({ places, values }: Vector, weights: Float64Array): number {
  let sum = 0
  for (let index = 0; index < places.length; index += 1)
    sum += (values[index] ?? 0) * (weights[places[index] ?? 0] ?? 0)
  return sum
}

function addTo(gradient: Float64Array, { places, values }: Vector, factor: number): void {
  for (let index = 0; index < places.length; index += 1) {
    const place = places[index] ?? 0
    gradient[place] = (gradient[place] ?? 0) + factor * (values[index] ?? 0)
  }
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value))
}
