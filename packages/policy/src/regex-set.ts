/**
 * Threat: a pattern written by an operator takes minutes on one sentence, or swallows everything.
 * Rule: RE2 semantics only (no backtracking), bounded program sizes, and no pattern that matches the empty text.
 * On failure: the policy does not compile.
 *
 * All patterns run at once as a filter; only those that it names are run for their spans.
 */
import { RE2JS, RE2Set } from 're2js'
import { foldPattern } from './fold-pattern.ts'
import type { ReadSource } from './read-source.ts'
import type { SentenceHit, SentencePart } from './sentence-finder.ts'

/** A pattern of 500 characters without large repeats has about 1,000 instructions; `(x{100}){10}` has as many. */
const maxInstructions = 2000
/** All together: the size at which the combined automaton still fits its 8 MB. */
const maxInstructionsTogether = 40_000

/** A pattern that matches more often in one sentence is written for letters; from there on, the rest is one match. */
const maxMatchesPerSentence = 20

export interface RegexPattern {
  readonly source: string
  readonly owner: number
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
  const filter = new RE2Set(RE2Set.UNANCHORED, RE2JS.CASE_INSENSITIVE)
  const compiled = patterns.map(({ source, owner }) => {
    filter.add(foldPattern(source))
    return { owner, regex: compileFolded(source) }
  })
  const together = compiled.reduce((sum, { regex }) => sum + regex.programSize(), 0)
  if (together > maxInstructionsTogether) {
    return `all regexes together compile to ${together} instructions, more than ${maxInstructionsTogether}`
  }
  filter.compile()
  return { find: ({ sources }) => findInAll(sources, filter, compiled) }
}

function compileFolded(source: string): RE2JS {
  return RE2JS.compile(foldPattern(source), RE2JS.CASE_INSENSITIVE)
}

interface CompiledPattern {
  readonly owner: number
  readonly regex: RE2JS
}

function findInAll(
  [lower, ...others]: readonly [ReadSource, ...ReadSource[]],
  filter: RE2Set,
  compiled: readonly CompiledPattern[],
): readonly SentenceHit[] {
  const hits = findAll(lower, filter, compiled)
  const isNew = (hit: SentenceHit): boolean =>
    hits.every(({ owner, start, end }) => owner !== hit.owner || start !== hit.start || end !== hit.end)
  return [...hits, ...others.flatMap((source) => findAll(source, filter, compiled).filter(isNew))]
}

function findAll(source: ReadSource, filter: RE2Set, compiled: readonly CompiledPattern[]): readonly SentenceHit[] {
  const candidates = filter.match(source.text)
  if (candidates.length === 0) return []
  const hits: SentenceHit[] = []
  for (const candidate of candidates) {
    const pattern = compiled[candidate]
    if (pattern === undefined) throw new RangeError('the filter named a pattern that does not exist')
    const matcher = pattern.regex.matcher(source.text)
    for (let count = 1; count <= maxMatchesPerSentence && matcher.find(); count += 1) {
      if (matcher.end() === matcher.start()) continue
      const end = count === maxMatchesPerSentence ? source.text.length : matcher.end()
      hits.push({
        owner: pattern.owner,
        start: source.startOf(matcher.start()),
        end: source.endOf(end),
        view: 'source',
      })
    }
  }
  return hits
}
