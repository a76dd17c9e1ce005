import { scrubText } from '@hyponema/policy'
import { parseJson } from '../../kernel/parse-json.ts'
import { isNestedDeeper } from '../../platform/json-schema/is-nested-deeper.ts'
import { maskKeys } from '../../platform/outbound/mask-keys.ts'
import { maxPieceCharacters } from './split-note.ts'

/** What is taken out, and what stands there then; without a marker of its own, the common one. */
export type CutSpan = { readonly start: number; readonly end: number; readonly marker?: string | undefined }

/** A piece as its reader sees it: the words that are judged, and the piece again without some of them. */
export type ReadPiece = {
  readonly words: string
  /** Characters that were one too many for a piece of a document. */
  readonly leftOut: number
  /** `spans` are offsets in `words`; each leaves the marker. */
  readonly without: (spans: readonly CutSpan[]) => string
}

/** Stands where a sentence was taken out. */
export const removedMarker = '[removed]'

/** Reads a piece of a document: at most 4,000 characters of it, up to the end of a word. */
export function readText(text: string): ReadPiece {
  const scrubbed = scrubText(text)
  if (scrubbed.length <= maxPieceCharacters) return wholeText(scrubbed)
  const window = scrubbed.slice(0, maxPieceCharacters)
  const lastBlank = window.search(/\s\S*$/)
  const words = (lastBlank > 0 ? window.slice(0, lastBlank) : window).toWellFormed()
  return { ...wholeText(words), leftOut: scrubbed.length - words.length }
}

function wholeText(words: string): ReadPiece {
  return { words, leftOut: 0, without: (spans) => cutOut(words, 0, spans) }
}

/**
 * Reads an answer in JSON, whose size is bounded already: its words are its strings and the names of its members, one a line,
 * without what looks like a key; the rest of it stays valid whatever stands in them. What is no JSON, or nested too deeply to be
 * of use, is read as text.
 */
export function readJson(text: string): ReadPiece {
  const value = parseJson(text)
  const strings: string[] = []
  const scrub = (string: string): string => {
    const scrubbed = maskKeys(scrubText(string))
    strings.push(scrubbed)
    return scrubbed
  }
  if (value === undefined || mapStrings(value, scrub, 0) === undefined) return wholeText(maskKeys(scrubText(text)))
  return {
    words: strings.join('\n'),
    leftOut: 0,
    without: (spans) => {
      let [index, offset] = [0, 0]
      const cut = (): string => {
        const string = strings[index] ?? ''
        const shown = cutOut(string, offset, spans)
        index += 1
        offset += string.length + 1
        return shown
      }
      return JSON.stringify(mapStrings(value, cut, 0))
    },
  }
}

const maxDepth = 64

/** The value with other strings; each is asked for once, in the same order every time. Undefined where it is nested too deeply. */
function mapStrings(value: unknown, map: (string: string) => string, depth: number): unknown {
  if (typeof value === 'string') {
    const inner = jsonIn(value, depth)
    return inner === undefined ? map(withoutEscapes(value)) : JSON.stringify(mapStrings(inner, map, depth + 1))
  }
  if (typeof value === 'number') return mapNumber(value, map)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= maxDepth) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => mapStrings(item, map, depth + 1))
    return items.includes(undefined) ? undefined : items
  }
  const members = Object.entries(value).map(([name, member]) => {
    return { name, mapped: map(name), value: mapStrings(member, map, depth + 1) }
  })
  if (members.some((member) => member.value === undefined)) return undefined
  // A name that only becomes another's by what was taken out of it cannot take its place, `ok` above all.
  const ordered = [...members.filter(({ name, mapped }) => name !== mapped), ...members.filter(isUnchanged)]
  return Object.fromEntries(ordered.map((member) => [member.mapped, member.value]))
}

/** Shorter ones are amounts and counts; a card, an account or a telephone has as many digits. */
const shortestPersonal = 1e7

/** A long number is judged as its digits, and is a text where they were taken out. */
function mapNumber(value: number, map: (string: string) => string): number | string {
  if (!Number.isInteger(value) || Math.abs(value) < shortestPersonal) return value
  const written = String(value)
  const mapped = map(written)
  return mapped === written ? value : mapped
}

/**
 * Tools answer with JSON in a text, and a model reads that with its escapes as easily as without: so it is judged without them.
 * Where it has none it is judged as it stands; where writing it again would change a number, too.
 */
function jsonIn(text: string, depth: number): object | undefined {
  if (!text.includes('\\') || !/^\s*[{[]/.test(text) || /\d{16}/.test(text)) return undefined
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null) return undefined
  return isNestedDeeper(value, maxDepth - depth - 1) ? undefined : value
}

/** Characters that are written as their numbers in what is no JSON as a whole, but for those that would end a text in it. */
function withoutEscapes(text: string): string {
  return text.replaceAll(/\\{1,8}u([0-9a-f]{4})/gi, (written: string, hex: string) => {
    const code = Number.parseInt(hex, 16)
    return code < 0x20 || code === 0x22 || code === 0x5c ? written : String.fromCharCode(code)
  })
}

function isUnchanged({ name, mapped }: { readonly name: string; readonly mapped: string }): boolean {
  return name === mapped
}

/** `text` stands at `offset` in what the spans count in. What several of them cover is taken out once. */
function cutOut(text: string, offset: number, spans: readonly CutSpan[]): string {
  const kept: string[] = []
  let at = 0
  for (const { start, end, marker = removedMarker } of spans) {
    const [from, to] = [Math.max(at, start - offset), Math.min(text.length, end - offset)]
    if (to <= from) continue
    kept.push(text.slice(at, from), marker)
    at = to
  }
  return [...kept, text.slice(at)].join('')
}
