/**
 * Threat: a set of examples looks like a rule and finds nothing, or finds everything, and nobody can tell before it is live.
 * Rule: the threshold is chosen on sentences that were left out while learning, and what it finds and what it finds wrongly is
 * shown when the set is saved.
 * On failure: a set that cannot be told apart from its counter examples does not compile.
 */
import { backgroundSentences } from './background-sentences.ts'
import { readAsDrawn } from './read-as-drawn.ts'
import { type Feature, sentenceFeatures } from './sentence-features.ts'
import { sentenceParts } from './sentence-parts.ts'
import { type Likeness, type Sample, trainLikeness } from './train-likeness.ts'

export interface ExampleSet {
  readonly examples: readonly string[]
  readonly counterExamples: readonly string[]
  /** The operator's own; absent: the one that is chosen here. */
  readonly threshold?: number | undefined
}

export interface Calibration {
  readonly threshold: number
  /** The share of examples that would be found if they were not among the examples. */
  readonly detection: number
  /** The share of counter examples and ordinary sentences that would be found wrongly. */
  readonly falseAlarms: number
  readonly examples: number
  /** What would make it better. */
  readonly hints: readonly string[]
}

export interface CalibratedSet {
  readonly calibration: Calibration
  /** How alike the sentence is to the examples, from 0 to 1: the most of the whole and its clauses. */
  readonly likeness: (sentence: string) => number
  /** Places of those that come out on the wrong side although they were learned from. */
  readonly mistaken: {
    readonly examples: readonly number[]
    readonly counterExamples: readonly number[]
    /** Counter examples that were left out are found nearly always, and no less than examples are. */
    readonly asOftenAsMeant: boolean
  }
}

/** Each part is left out once; more parts would cost more than they tell. */
const folds = 6
const lowest = 0.2
const highest = 0.95
const falseAlarmShare = 0.01
const margin = 0.02
/** Of fewer counter examples chance decides which are found. */
const fewestToJudge = 5
const hopelessShare = 0.8

interface Written {
  readonly parts: readonly (readonly Feature[])[]
  readonly group: Sample['group']
}

const background: readonly Written[] = backgroundSentences.map((text) => read(text, 'background'))

export function calibrateExamples({ examples, counterExamples, threshold }: ExampleSet): CalibratedSet {
  const own = [
    ...examples.map((text) => read(text, 'example')),
    ...counterExamples.map((text) => read(text, 'counter')),
  ]
  const all = [...own, ...background]
  const learned = trainLikeness(all.flatMap(toSamples))
  const likenessAsRead = (read: string): number => mostAlike(learned, sentenceParts(read).map(sentenceFeatures))
  const likeness = (sentence: string): number => {
    const drawn = readAsDrawn(sentence)
    const written = likenessAsRead(sentence)
    return drawn === sentence ? written : Math.max(written, likenessAsRead(drawn))
  }
  const leftOut = scoreLeftOut(all)
  const counterScores = counterExamples.map(likeness)
  const chosen = threshold ?? chooseThreshold(scoresOf(leftOut, 'background'), counterScores)
  const detection = shareAbove(scoresOf(leftOut, 'example'), chosen)
  const falseAlarms = shareAbove([...scoresOf(leftOut, 'counter'), ...scoresOf(leftOut, 'background')], chosen)
  const counterAlarms = shareAbove(scoresOf(leftOut, 'counter'), chosen)
  return {
    calibration: {
      threshold: rounded(chosen),
      detection: rounded(detection),
      falseAlarms: rounded(falseAlarms),
      examples: examples.length,
      hints: hintsFor({ examples, counterExamples, detection, falseAlarms }),
    },
    likeness,
    mistaken: {
      examples: examples
        .map((text, place) => ({ place, score: likeness(text) }))
        .filter(({ score }) => score < chosen)
        .map(({ place }) => place),
      counterExamples: counterScores
        .map((score, place) => ({ place, score }))
        .filter(({ score }) => score >= chosen)
        .map(({ place }) => place),
      asOftenAsMeant:
        counterExamples.length >= fewestToJudge && counterAlarms >= hopelessShare && counterAlarms >= detection,
    },
  }
}

function scoresOf(scored: readonly Scored[], group: Sample['group']): readonly number[] {
  return scored.filter((one) => one.group === group).map(({ score }) => score)
}

function read(text: string, group: Sample['group']): Written {
  return { parts: sentenceParts(text).map(sentenceFeatures), group }
}

/** Learned as a whole; of a clause of an example nobody knows whether it is the one that is meant. */
function toSamples({ parts, group }: Written): readonly Sample[] {
  const [whole = []] = parts
  return group === 'example' ? [{ features: whole, group }] : parts.map((features) => ({ features, group }))
}

function mostAlike(likeness: Likeness, parts: readonly (readonly Feature[])[]): number {
  return parts.reduce((most, features) => Math.max(most, likeness(features)), 0)
}

interface Scored {
  readonly group: Sample['group']
  readonly score: number
}

function scoreLeftOut(all: readonly Written[]): readonly Scored[] {
  return Array.from({ length: folds }, (_, fold) => fold).flatMap((fold) => {
    const likeness = trainLikeness(all.filter((_, index) => index % folds !== fold).flatMap(toSamples))
    return all
      .filter((_, index) => index % folds === fold)
      .map(({ parts, group }) => ({ group, score: mostAlike(likeness, parts) }))
  })
}

/** Just above what all ordinary sentences but one in a hundred reach, and above each counter example that was learned from. */
function chooseThreshold(ordinary: readonly number[], counters: readonly number[]): number {
  const sorted = ordinary.toSorted((left, right) => right - left)
  const allowed = Math.floor(ordinary.length * falseAlarmShare)
  const needed = Math.max(sorted[allowed] ?? 0, ...counters) + margin
  return Math.round(Math.min(highest, Math.max(lowest, needed)) * 100) / 100
}

function shareAbove(scores: readonly number[], threshold: number): number {
  return scores.length === 0 ? 0 : scores.filter((score) => score >= threshold).length / scores.length
}

function rounded(share: number): number {
  return Math.round(share * 1000) / 1000
}

function hintsFor(found: {
  readonly examples: readonly string[]
  readonly counterExamples: readonly string[]
  readonly detection: number
  readonly falseAlarms: number
}): readonly string[] {
  const hints: string[] = []
  if (found.examples.length < 8) hints.push('write at least 8 examples, each in other words')
  if (found.counterExamples.length < 4)
    hints.push('write at least 4 counter examples: harmless sentences about the same things')
  if (found.detection < 0.7)
    hints.push('the examples have little in common; split them into several zones, or write more of each kind')
  if (found.falseAlarms > 0.02) hints.push('harmless sentences are found; write more counter examples like them')
  return hints
}
