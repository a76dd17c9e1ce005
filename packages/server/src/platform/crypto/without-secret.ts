/**
 * Threat: who was given a key repeats it in an error, whole or in part or encoded, and the words reach a log or a person.
 * Rule: no six characters in a row of any spelling of the key stay: as it is, in base64 and base64url wherever it begins, in
 * hexadecimal, percent-encoded, as JSON and HTML escape it, in capitals or not. Nor do six of its letters and digits, whatever
 * stands between them and however each is escaped: in groups, in UTF-16, as a list. The words around them go with them.
 * On failure: there is none; words that only look like a part of the key are lost too.
 */

import { lettersOf } from './letters-of.ts'

/** Fewer would take ordinary words away; more would leave a part of a key that is worth something. */
const runLength = 6

/** What ends a word: white space, and the punctuation between which JSON and texts put a value. */
const word = /[^\s{}[\](),:]+/g

/** The text with `[secret]` for every word that holds a part of the secret: `part` characters of it in a row. */
export function withoutSecret(text: string, secret: Uint8Array, part: number = runLength): string {
  const runs = runsOf(secret, part)
  const [anyRun] = runs
  if (anyRun === undefined) return text
  const folded = fold(text)
  const isPart = new Uint8Array(text.length)
  for (let at = 0; at + anyRun.length <= folded.length; at += 1) {
    if (runs.has(folded.slice(at, at + anyRun.length))) isPart.fill(1, at, at + anyRun.length)
  }
  markScattered(text, secret, { part, isPart })
  return text.replaceAll(word, (found, at: number) =>
    isPart.subarray(at, at + found.length).includes(1) ? '[secret]' : found,
  )
}

/** Marks what holds so many letters and digits of the key in a row, with all that stands between them. */
function markScattered(text: string, secret: Uint8Array, { part, isPart }: { part: number; isPart: Uint8Array }): void {
  const bytes = Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)
  const spellings = [...spellingsOf(bytes), bytes.join('')].map((spelling) =>
    fold(spelling).replaceAll(/[^a-z0-9]/g, ''),
  )
  const runs = new Set(spellings.flatMap((spelling) => runsIn(spelling, part)))
  const letters = lettersOf(text)
  for (let at = 0; at + part <= letters.text.length; at += 1) {
    if (runs.has(letters.text.slice(at, at + part))) isPart.fill(1, letters.starts[at], letters.ends[at + part - 1])
  }
}

function runsIn(spelling: string, length: number): readonly string[] {
  return Array.from({ length: Math.max(0, spelling.length - length + 1) }, (_, at) => spelling.slice(at, at + length))
}

function runsOf(secret: Uint8Array, part: number): ReadonlySet<string> {
  const length = Math.min(part, secret.length)
  if (length === 0) return new Set()
  const spellings = spellingsOf(Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)).map(fold)
  return new Set(spellings.flatMap((spelling) => runsIn(spelling, length)))
}

function spellingsOf(secret: Buffer): readonly string[] {
  const text = secret.toString('latin1')
  const html = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
  return [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text),
    html,
    html.replaceAll("'", '&#39;'),
    secret.toString('hex'),
    ...inBase64(secret),
  ]
}

/** At each of the three alignments without the digits that the secret shares with what stands before and after it. */
function inBase64(secret: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), secret])
    const digits = shifted.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((shifted.length * 8) / 6))
    shifted.fill(0)
    return [digits, digits.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

/** Only ASCII, so that every character stays where it is. */
function fold(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (capitals) => capitals.toLowerCase())
}
