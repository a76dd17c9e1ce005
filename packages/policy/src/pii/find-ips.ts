/** Addresses of the Internet Protocol, both versions, with their short forms (RFC 4291, 2.2). */
import type { PiiPlace } from './pii-place.ts'

const octet = '(?:25[0-5]|2[0-4]\\d|[01]?\\d?\\d)'
const fourOctets = new RegExp(`(?<![\\w.])${octet}(?:\\.${octet}){3}(?![\\w]|\\.\\d)`, 'g')
/** The longest has 45 characters, with a zone behind it. */
const candidate = /(?<![\w:.])[0-9a-f:]{2,39}(?:\.\d{1,3}){0,3}(?:%[\w.-]{1,16})?(?![\w:])/gi

/** The longer form first: it may end in the shorter one. */
export function findIps(text: string): readonly PiiPlace[] {
  const four = [...text.matchAll(fourOctets)].map(({ 0: { length }, index }) => place(index, length))
  if (!text.includes(':')) return four
  const found: PiiPlace[] = []
  for (const { 0: written, index } of text.matchAll(candidate)) {
    const address = written.replace(/:$/, written.endsWith('::') ? ':' : '')
    if (isVersionSix(address)) found.push(place(index, address.length))
  }
  return [...found, ...four]
}

function isVersionSix(written: string): boolean {
  const address = written.replace(/%.*$/, '')
  const halves = address.split('::')
  if (halves.length > 2 || !/[0-9a-f]/i.test(address)) return false
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  const all = groups.flat()
  const tail = all.at(-1) ?? ''
  const isMapped = tail.includes('.')
  const hex = isMapped ? all.slice(0, -1) : all
  if (!hex.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false
  if (isMapped && !new RegExp(`^${octet}(?:\\.${octet}){3}$`).test(tail)) return false
  const width = hex.length + (isMapped ? 2 : 0)
  /** Words of the letters a to f with two colons between them are seldom an address. */
  return halves.length === 2 ? width <= 7 && (/\d/.test(address) || width > 2) : width === 8
}

function place(start: number, length: number): PiiPlace {
  return { kind: 'ip', start, end: start + length }
}
