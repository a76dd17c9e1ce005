import { randomBytes } from 'node:crypto'

/** A secret that is looked for: what it is called, and its bytes. Text and what the text decodes to are two forms of one secret. */
export type Marker = { readonly name: string; readonly forms: readonly Buffer[] }

/** Characters that escapes of JSON, URLs, HTML and COPY change; the rest of a marker is as it is in all of them. */
const oddCharacters = '"\\/+&<%='

/** A key as a provider could have issued it, like no other: 60 printable characters, the last 36 of them letters and digits. */
export function newProviderKey(): string {
  return [...oddCharacters].map((odd) => plainText(2) + odd).join('') + plainText(36)
}

/** Letters and digits alone, for places that take nothing else. */
export function plainText(length: number): string {
  let text = ''
  while (text.length < length) text += randomBytes(48).toString('base64').replaceAll(/[+/=]/g, '')
  return text.slice(0, length)
}

export function textMarker(name: string, text: string): Marker {
  return { name, forms: [Buffer.from(text)] }
}

/** A secret that is written in base64url: its text and its bytes. */
export function base64Marker(name: string, text: string): Marker {
  return { name, forms: [Buffer.from(text), Buffer.from(text, 'base64url')] }
}

/** Of a signed token the signature: what stands before it anybody may know. */
export function tokenMarker(name: string, token: string): Marker {
  return base64Marker(name, token.slice(token.lastIndexOf('.') + 1))
}
