import type { ChunkWriter } from './chunk-writer.ts'
import { maxChunkCharacters } from './cut-text.ts'
import { DocumentRefused } from './document-refused.ts'
import { visibleText } from './visible-text.ts'

/** Nobody writes deeper than that for readers, and each level takes stack. */
const maxDepth = 200

/**
 * JSON as a person reads it: names that hold more are headings, the rest are lines "name: value"; an entry of a list that has plain
 * values only is one line, as a row of a table is. Numbers keep the digits that they are written with.
 */
export function readJson(text: string, writer: ChunkWriter): void {
  if (isDeeperThan(text, maxDepth)) throw new DocumentRefused('too_deep')
  write({ value: parse(text), level: 1, writer })
}

/** Told without parsing, which takes memory for each level. */
function isDeeperThan(text: string, most: number): boolean {
  let depth = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth += 1
    else if (token === ']' || token === '}') depth -= 1
    if (depth > most) return true
  }
  return false
}

function parse(text: string): unknown {
  const keepDigits = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' ? (context?.source ?? value) : value
  try {
    return JSON.parse(text, keepDigits)
  } catch (cause) {
    if (cause instanceof RangeError) throw cause
    throw new DocumentRefused('json_damaged', { cause })
  }
}

type Place = { readonly value: unknown; readonly level: number; readonly writer: ChunkWriter }

function write(place: Place): void {
  const { value, level, writer } = place
  if (Array.isArray(value)) return writeList(value, place)
  if (!isObject(value)) return writer.block(plain(value))
  for (const [key, part] of Object.entries(value)) {
    const name = visibleText(key)
    if (isPlain(part)) {
      writer.leave(level)
      writer.block(`${name}: ${plain(part)}`)
    } else {
      writer.heading(level, name)
      write({ value: part, level: level + 1, writer })
    }
  }
}

function writeList(list: readonly unknown[], { level, writer }: Place): void {
  for (const [index, entry] of list.entries()) {
    const line = lineOf(entry)
    if (line === undefined) {
      writer.heading(level, String(index + 1))
      write({ value: entry, level: level + 1, writer })
    } else {
      writer.leave(level)
      writer.block(line)
    }
  }
}

/** What fits one line; undefined where it holds more. */
function lineOf(entry: unknown): string | undefined {
  if (isPlain(entry)) return `- ${plain(entry)}`
  if (Array.isArray(entry)) return undefined
  const fields = Object.entries(isObject(entry) ? entry : {})
  if (!fields.every(([, value]) => isPlain(value) || isPlainList(value))) return undefined
  const line = fields.map(([key, value]) => `${visibleText(key)}: ${inLine(value)}`).join('; ')
  return line.length <= maxChunkCharacters ? line : undefined
}

function inLine(value: unknown): string {
  return Array.isArray(value) ? value.map(plain).join(', ') : plain(value)
}

function isPlainList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isPlain)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isPlain(value: unknown): boolean {
  return !isObject(value)
}

function plain(value: unknown): string {
  return visibleText(String(value))
}
