/**
 * Threat: a pattern or phrase that looks right and can never be found, because a character of it never occurs in the text
 * that is searched.
 * Rule: it holds no control character, and a pattern is written as the text is read: NFKC, digits 0 to 9, nothing invisible.
 * On failure: the policy does not compile, and the diagnostic says what to write instead.
 */
import { readSource } from '../fold/read-source.ts'

export interface Lint {
  readonly message: string
  readonly fix: string
}

const control = /(?![\t\n\r])\p{Cc}/u
/** Escapes by number, outside sets: in a set they are mostly the ends of a range. */
const escapes = /\[(?:\\.|[^\]\\])*\]|\\x\{(?<long>[0-9a-f]+)\}|\\x(?<short>[0-9a-f]{2})|\\./gis

/** What is wrong with a phrase as it is written, or undefined. */
export function lintPhrase(phrase: string): Lint | undefined {
  const found = control.exec(phrase)?.[0]
  if (found === undefined) return undefined
  return {
    message: `the phrase holds the control character ${named(found)}`,
    fix: 'leave it out; in YAML, write text with a backslash in single quotes',
  }
}

/** What in a regex can never match, or undefined. */
export function lintPattern(pattern: string): Lint | undefined {
  const controlCharacter = control.exec(pattern)?.[0]
  if (controlCharacter === '\b') {
    return {
      message: 'the pattern holds a backspace (U+0008), which no text does: in double quotes, \\b is a backspace',
      fix: 'write the pattern in single quotes (\'\\b\'), or double the backslash ("\\\\b")',
    }
  }
  if (controlCharacter !== undefined) return neverRead(controlCharacter)
  const found = [...pattern].find((character) => character > '\u007f' && !isReadAsItself(character))
  const never = found ?? [...pattern.matchAll(escapes)].map(fromHex).find((character) => !isReadAsItself(character))
  if (never !== undefined) return neverRead(never)
  if (pattern.normalize('NFKC') === pattern) return undefined
  return {
    message: 'the pattern has letters with separate accents',
    fix: 'write it in NFC, with one character a letter',
  }
}

function neverRead(character: string): Lint {
  const read = readSource(character)[0].text
  return {
    message: `the pattern holds ${named(character)}, which never occurs in the text that is searched`,
    fix:
      read === ''
        ? 'leave it out: invisible characters are removed before the search'
        : `write "${read.replaceAll(/[.*+?()[\]{}|\\^$]/g, '\\$&')}": that is how the text is read`,
  }
}

function isReadAsItself(character: string): boolean {
  const read = readSource(character)[0].text
  return read === character.toLowerCase() || read === character
}

function fromHex({ groups = {} }: RegExpMatchArray): string {
  const codePoint = Number.parseInt(groups['long'] ?? groups['short'] ?? '', 16)
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : ''
}

function named(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
