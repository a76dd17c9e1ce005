/**
 * Threat: a pattern with \b beside a letter that is not ASCII: RE2 takes such a letter for no part of a word, so
 * "\bécole\b" finds nothing in "une école".
 * Rule: what may stand directly beside \b is no letter, number or mark outside ASCII.
 * On failure: the policy does not compile, and the diagnostic says what to write instead.
 */
import type { Lint } from './lint-written.ts'

/** A piece of a pattern; `characters` are those that it may match and that are written out, or `\p` for a class. */
interface Token {
  readonly kind: 'boundary' | 'atom' | 'open' | 'close' | 'or'
  readonly characters: string
  readonly isOptional: boolean
}

const piece =
  /(?<flags>\(\?[a-zA-Z-]+\))|(?<open>\((?:\?:|\?[a-zA-Z-]+:|\?P?<\w+>)?)|(?<close>\))|(?<or>\|)|(?<boundary>\\[bB])|(?<class>\\[pP](?:\{[^}]*\}|.))|(?<escape>\\x\{[0-9a-fA-F]+\}|\\x[0-9a-fA-F]{2}|\\.)|(?<set>\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\])|(?<literal>.)/gsu
const quantifier = /(?:[*+?]|\{\d+(?:,\d*)?\})\??/y
const mayBeNone = /^(?:[*?]|\{0)/
const wordBeyondAscii = /(?![\0-\u007f])[\p{L}\p{N}\p{M}]/u

/** What is wrong with the word boundaries of a regex, or undefined. */
export function lintBoundary(pattern: string): Lint | undefined {
  const forwards = withGroups(tokens(pattern))
  const backwards = forwards.toReversed().map(turned)
  const beside = [forwards, backwards].flatMap((list) =>
    list.flatMap(({ kind }, place) => (kind === 'boundary' ? firstOf(list, place + 1) : [])),
  )
  const found = beside.map((characters) => wordBeyondAscii.exec(characters)?.[0]).find((letter) => letter !== undefined)
  if (found === undefined) return undefined
  return {
    message: `\\b stands beside "${found}"; it knows the letters a to z only, so it is no word boundary there`,
    fix: 'write it as a phrase, which is found as whole words, or write (?:^|[^\\pL\\pN]) before and (?:$|[^\\pL\\pN]) behind',
  }
}

function tokens(pattern: string): readonly Token[] {
  const list: Token[] = []
  let from = 0
  for (const match of pattern.matchAll(piece)) {
    if (match.index < from) continue
    quantifier.lastIndex = match.index + match[0].length
    const times = quantifier.exec(pattern)?.[0] ?? ''
    from = match.index + match[0].length + times.length
    const { flags, open, close, or, boundary } = match.groups ?? {}
    if (flags !== undefined) continue
    const kind = open ? 'open' : close ? 'close' : or ? 'or' : boundary ? 'boundary' : 'atom'
    list.push({ kind, characters: written(match), isOptional: mayBeNone.test(times) })
  }
  return list
}

function written({ groups = {} }: RegExpMatchArray): string {
  const { escape, set, literal, class: unicodeClass } = groups
  if (literal !== undefined) return literal
  if (set !== undefined) return set.startsWith('[^') ? '' : set.slice(1, -1)
  /** A class of Unicode letters is not only a to z; what is excluded by \P cannot be told. */
  if (unicodeClass !== undefined) return /^\\p\{?[LN]/.test(unicodeClass) ? '\u00e9' : ''
  const hex = /^\\x\{?([0-9a-f]+)/i.exec(escape ?? '')?.[1]
  return hex === undefined ? '' : String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(hex, 16)))
}

/** The beginning of a group is as optional as its end, where the quantifier stands. */
function withGroups(list: readonly Token[]): readonly Token[] {
  return list.map((token, place) =>
    token.kind === 'open' ? { ...token, isOptional: list[closeOf(list, place)]?.isOptional ?? false } : token,
  )
}

function turned(token: Token): Token {
  if (token.kind === 'open') return { ...token, kind: 'close' }
  return token.kind === 'close' ? { ...token, kind: 'open' } : token
}

/** What may stand first from this place on. */
function firstOf(list: readonly Token[], place: number): readonly string[] {
  const token = list[place]
  if (token === undefined) return []
  if (token.kind === 'boundary') return firstOf(list, place + 1)
  if (token.kind === 'close') return firstOf(list, place + 1)
  if (token.kind === 'or') return firstOf(list, endOfGroup(list, place))
  if (token.kind === 'atom') return [token.characters, ...(token.isOptional ? firstOf(list, place + 1) : [])]
  const close = closeOf(list, place)
  const branches = [place, ...list.flatMap((_, other) => (isBranchOf(list, place, other, close) ? [other] : []))]
  const inner = branches.flatMap((branch) => firstOf(list, branch + 1))
  return token.isOptional ? [...inner, ...firstOf(list, close + 1)] : inner
}

function isBranchOf(list: readonly Token[], open: number, place: number, close: number): boolean {
  return place > open && place < close && list[place]?.kind === 'or' && depth(list, open, place) === 1
}

function depth(list: readonly Token[], from: number, to: number): number {
  return list.slice(from, to).reduce((sum, { kind }) => sum + (kind === 'open' ? 1 : kind === 'close' ? -1 : 0), 0)
}

function closeOf(list: readonly Token[], open: number): number {
  const found = list.findIndex(
    (token, place) => place > open && token.kind === 'close' && depth(list, open, place) === 1,
  )
  return found < 0 ? list.length : found
}

/** Behind the group in which this branch ends. */
function endOfGroup(list: readonly Token[], place: number): number {
  const found = list.findIndex(
    (token, other) => other > place && token.kind === 'close' && depth(list, place, other) === 0,
  )
  return found < 0 ? list.length : found
}
