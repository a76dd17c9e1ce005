/**
 * Threat: a pattern written by an operator takes minutes on one sentence, or swallows everything.
 * Rule: RE2 semantics only (no backtracking), bounded program sizes, and no pattern that matches the empty text.
 * On failure: the policy does not compile.
 *
 * Patterns run together as filters; only those that a filter names are run for their spans.
 */
import { RE2JS, RE2Set } from 're2js'
import { foldPattern } from '../fold/fold-pattern.ts'
import type { ReadSource } from '../fold/read-source.ts'
import { Recent } from './recent.ts'
import type { SentenceHit, SentencePart } from './sentence-finder.ts'

/** A pattern of 500 characters without large repeats has about 1,000 instructions; `(x{100}){10}` has as many. */
const maxInstructions = 2000
/** All together: reading a sentence takes about 0.5 ms then, and compiling a second. The zone files of the library have 43,000. */
const maxInstructionsTogether = 60_000

/**
 * What one filter holds. Its automaton is made while it reads; of patterns with gaps together it has more states than are kept, and
 * is made again and again: 100 such patterns of 350 instructions took 4.5 ms a sentence in one filter, and 0.4 ms in filters of this size.
 */
const maxInstructionsPerFilter = 3000

/** As many as two policies that have all that they may: a pattern is looked at when it is checked, and when it is built in. */
const programs = new Recent<RE2JS>(400)
/** As many as two policies of the zone files of the library. What a filter has learned from one text it knows for the next one. */
const filtersBuilt = new Recent<RE2Set>(32)

/** A pattern that matches more often in one sentence is written for letters; from there on, the rest is one match. */
const maxMatchesPerSentence = 20

export interface RegexPattern {
  readonly source: string
  readonly owner: number
  /** The floors of the installation have a share of their own. */
  readonly isOfFloor?: boolean
}

/** Why this pattern may not be used, or undefined. */
export function refuseRegex(source: string): string | undefined {
  try {
    const compiled = compileFolded(source)
    if (compiled.programSize() > maxInstructions)
      return `it compiles to ${compiled.programSize()} instructions, more than ${maxInstructions}`
    if (compiled.matcher('').find()) return 'it matches the empty text, so it would match everything'
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : 'it is not a pattern'
  }
}

/** Null when there is nothing to look for; a text when the patterns are too large together. */
export function buildRegexSet(patterns: readonly RegexPattern[]): SentencePart | string | null {
  if (patterns.length === 0) return null
  const compiled = patterns.map(({ source, owner, isOfFloor = false }) => ({
    source: foldPattern(source),
    owner,
    isOfFloor,
    regex: compileFolded(source),
  }))
  for (const ofFloors of [true, false]) {
    const share = compiled.filter(({ isOfFloor }) => isOfFloor === ofFloors)
    const together = share.reduce((sum, { regex }) => sum + regex.programSize(), 0)
    if (together <= maxInstructionsTogether) continue
    return `all regexes together compile to ${together} instructions, more than ${maxInstructionsTogether}`
  }
  const filters = groupBySize(compiled).map(buildFilter)
  return { find: ({ sources }) => findInAll(sources, filters) }
}

function compileFolded(source: string): RE2JS {
  const folded = foldPattern(source)
  return programs.get(folded, () => RE2JS.compile(folded, RE2JS.CASE_INSENSITIVE))
}

interface CompiledPattern {
  readonly source: string
  readonly owner: number
  readonly regex: RE2JS
}

interface Filter {
  readonly set: RE2Set
  readonly patterns: readonly CompiledPattern[]
}

function groupBySize(patterns: readonly CompiledPattern[]): readonly (readonly CompiledPattern[])[] {
  const groups: CompiledPattern[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const pattern of patterns) {
    size += pattern.regex.programSize()
    if (size > maxInstructionsPerFilter) {
      groups.push([])
      size = pattern.regex.programSize()
    }
    groups.at(-1)?.push(pattern)
  }
  return groups
}

function buildFilter(patterns: readonly CompiledPattern[]): Filter {
  const sources = patterns.map(({ source }) => source)
  return { set: filtersBuilt.get(JSON.stringify(sources), () => buildSet(sources)), patterns }
}

function buildSet(sources: readonly string[]): RE2Set {
  const set = new RE2Set(RE2Set.UNANCHORED, RE2JS.CASE_INSENSITIVE)
  for (const source of sources) set.add(source)
  set.compile()
  return set
}

function findInAll(
  [lower, ...others]: readonly [ReadSource, ...ReadSource[]],
  filters: readonly Filter[],
): readonly SentenceHit[] {
  const hits = findAll(lower, filters)
  const isNew = (hit: SentenceHit): boolean =>
    hits.every(({ owner, start, end }) => owner !== hit.owner || start !== hit.start || end !== hit.end)
  return [...hits, ...others.flatMap((source) => findAll(source, filters).filter(isNew))]
}

function findAll(source: ReadSource, filters: readonly Filter[]): readonly SentenceHit[] {
  return filters.flatMap(({ set, patterns }) =>
    set.match(source.text).flatMap((candidate) => {
      const pattern = patterns[candidate]
      if (pattern === undefined) throw new RangeError('the filter named a pattern that does not exist')
      return findOne(source, pattern)
    }),
  )
}

function findOne(source: ReadSource, { owner, regex }: CompiledPattern): readonly SentenceHit[] {
  const hits: SentenceHit[] = []
  const matcher = regex.matcher(source.text)
  for (let count = 1; count <= maxMatchesPerSentence && matcher.find(); count += 1) {
    if (matcher.end() === matcher.start()) continue
    const end = count === maxMatchesPerSentence ? source.text.length : matcher.end()
    hits.push({ owner, start: source.startOf(matcher.start()), end: source.endOf(end), view: 'source' })
  }
  return hits
}
