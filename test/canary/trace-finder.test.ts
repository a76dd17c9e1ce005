/** The search of the canary, held to what it promises: it sees any sixteen bytes of a secret in every spelling, and nothing else. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newProviderKey, plainText, textMarker } from './marker.ts'
import { TraceFinder } from './trace-finder.ts'

const key = newProviderKey()
const raw = randomBytes(32)
const others = Array.from({ length: 20 }, (_, nth) => textMarker(`other ${nth}`, newProviderKey()))
const finder = new TraceFinder([...others, textMarker('key', key), { name: 'raw', forms: [raw] }])

const spellings: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'as it is': (bytes) => bytes,
  'UTF-16, little end first': (bytes) => Buffer.from(bytes.toString('latin1'), 'utf16le'),
  'UTF-16, big end first': (bytes) => Buffer.from(bytes.toString('latin1'), 'utf16le').swap16(),
  hexadecimal: (bytes) => Buffer.from(bytes.toString('hex')),
  'hexadecimal in capitals': (bytes) => Buffer.from(bytes.toString('hex').toUpperCase()),
  'percent-encoded to the last byte': (bytes) => Buffer.from(bytes.toString('hex').replaceAll(/../g, '%$&')),
}
/** Of text only. */
const escapes: Readonly<Record<string, (text: string) => string>> = {
  JSON: (text) => JSON.stringify(text),
  'a URL': encodeURIComponent,
  HTML: (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
  'the text format of COPY': (text) => text.replaceAll('\\', '\\\\'),
  'a row that is printed': (text) => `("${text.replaceAll(/["\\]/g, '$&$&')}",1)`,
  'small letters': (text) => text.toLowerCase(),
  'capital letters': (text) => text.toUpperCase(),
}

/** A piece of sixteen bytes or more, between bytes of others. */
const cut = (secret: Buffer) =>
  fc
    .record({ from: fc.nat(secret.length - 16), length: fc.integer({ min: 16, max: secret.length }) })
    .map(({ from, length }) => secret.subarray(from, from + length))
const noise = fc.uint8Array({ maxLength: 40 })

describe('the search for traces', () => {
  test.each(Object.entries(spellings))('sees every piece of sixteen bytes: %s', (_name, spell) => {
    for (const [name, secret] of [
      ['key', Buffer.from(key)],
      ['raw', raw],
    ] as const) {
      fc.assert(
        fc.property(cut(secret), noise, noise, (piece, before, after) => {
          expect(finder.find(Buffer.concat([before, spell(piece), after]))).toContain(name)
        }),
      )
    }
  })

  test.each(['base64', 'base64url'] as const)(
    'sees every piece of sixteen bytes in %s, wherever it begins',
    (encoding) => {
      fc.assert(
        fc.property(cut(raw), noise, noise, (piece, before, after) => {
          expect(finder.find(Buffer.concat([before, piece, after]).toString(encoding))).toContain('raw')
        }),
      )
    },
  )

  test.each(Object.entries(escapes))('sees a whole key in %s', (_name, escape) => {
    expect(finder.find(escape(key))).toContain('key')
  })

  test('sees nothing in bytes that hold none of them', () => {
    expect(finder.find(randomBytes(1_000_000), plainText(1_000_000), randomBytes(500_000).toString('hex'))).toEqual(
      new Set(),
    )
  })

  test('sees a trace that lies across the parts in which a file is read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'traces-'))
    try {
      const path = join(folder, 'large')
      await writeFile(path, Buffer.concat([Buffer.alloc(4_194_304 - 20, 'x'), Buffer.from(key), Buffer.alloc(100_000)]))
      expect(await finder.findInFile(path)).toEqual(new Set(['key']))
      expect(await finder.findInFile(join(folder, 'gone'))).toEqual(new Set())
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
