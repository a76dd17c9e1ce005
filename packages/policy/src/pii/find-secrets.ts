/**
 * Keys and tokens, by the forms that vendors give them, and what a text itself calls a password, token or key when it looks
 * like one. A file of a private key is found by its first line and by lines of letters and digits.
 */
import type { PiiPlace } from './pii-place.ts'

/** Each has an upper bound, so that nothing is tried again from every place of a long text. */
const forms = [
  'hyp_[a-z0-9_-]{12,200}',
  '(?:sk|pk|rk|gsk|xai|hf|npm|dop_v1|shpat|pplx|r8)[-_][\\w-]{16,250}',
  'gh[pousr]_\\w{20,255}',
  'github_pat_\\w{20,255}',
  'gl(?:pat|ptt|dt|rt)-[\\w-]{16,100}',
  'xox[a-z]-[\\w-]{10,250}',
  '(?:AKIA|ASIA|AGPA|AROA|AIDA)[0-9A-Z]{16}',
  'AIza[\\w-]{30,60}',
  'ya29\\.[\\w-]{20,250}',
  'wh(?:sec|sk)_[\\w+/=]{16,200}',
  'SG\\.[\\w-]{16,64}\\.[\\w-]{16,64}',
  'eyJ[\\w-]{8,600}\\.[\\w-]{8,4000}(?:\\.[\\w-]{0,1000})?',
]
const known = new RegExp(`(?<![\\w-])(?:${forms.join('|')})(?![\\w])`, 'gi')
const pem =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?:[\s\S]{0,8000}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|[A-Za-z0-9+/=\s]*)/gi
const pemLine = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{60,}={0,2}/g
const introduced =
  /(?:\bbearer\s+|(?:\b|_)(?:api[ _-]?key|access[ _-]?key|secret(?:[ _-]?key)?|client[ _-]?secret|token|passw(?:or)?d|passwort|mot de passe|contrase\u00f1a|kennwort)["']?(?:\s{0,2}[:=]|\s{1,2}(?:is|ist|est|es|lautet))?\s{0,3}["']?)([\w.~+/!@#$%^&*=-]{8,512})/giu

/** A name and its password in an address. */
const credentials = /:\/\/[^\s:/@]{1,64}:([^\s@/]{4,128})@/g

export function findSecrets(text: string): readonly PiiPlace[] {
  const places = [known, pem].flatMap((form) =>
    [...text.matchAll(form)].map(({ 0: found, index }) => place(index, found.length)),
  )
  for (const { 0: whole, 1: found = '', index } of text.matchAll(credentials))
    places.push(place(index + whole.length - 1 - found.length, found.length))
  for (const { 0: found, index } of text.matchAll(pemLine))
    if (isRandom(found, 4.2)) places.push(place(index, found.length))
  for (const { 0: whole, 1: found = '', index } of text.matchAll(introduced)) {
    const value = found.replace(/[.,!]+$/, '')
    if (isRandom(value, 2.75)) places.push(place(index + whole.length - found.length, value.length))
  }
  return places
}

/** Letters and digits, and as much information in each character as words do not have. */
function isRandom(value: string, bitsPerCharacter: number): boolean {
  if (value.length < 8 || !/\d/.test(value) || !/[a-z]/i.test(value)) return false
  const counts = new Map<string, number>()
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length)
  return bits >= bitsPerCharacter
}

function place(start: number, length: number): PiiPlace {
  return { kind: 'secret', start, end: start + length }
}
