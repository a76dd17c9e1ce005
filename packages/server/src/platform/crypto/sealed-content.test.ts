import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ContentPlace,
  openContent,
  openContentBytes,
  type SealedContent,
  sealContent,
  sealContentBytes,
} from './sealed-content.ts'
import { refusalOf, secretOf, testUuid, withFlippedBit } from './test-harness/key-fixtures.ts'

const key = secretOf(1)
const place: ContentPlace = {
  workspaceId: testUuid(1),
  ownerId: testUuid(2),
  table: 'tenant.turns',
  column: 'content',
  rowId: testUuid(3),
}
const words = 'My name is Ada and my knee hurts.'
const sealed = sealContent(key, place, words)
const unreadable = 'credential.sealed_unreadable'

/** What an attacker puts into the row, as the database driver would hand it over. */
function inTheRow(bytes: Buffer): SealedContent {
  const row: { content: SealedContent } = { content: sealed }
  Object.defineProperty(row, 'content', { value: bytes })
  return row.content
}

describe('sealed content', () => {
  it('opens for its reader and shows no word of it before', () => {
    expect(openContent(key, place, sealed, 'conversation')).toBe(words)
    expect(sealed.includes('Ada')).toBe(false)
  })

  it.each<[string, Partial<ContentPlace>]>([
    ['workspace', { workspaceId: testUuid(9) }],
    ['person', { ownerId: testUuid(9) }],
    ['table', { table: 'tenant.decisions' }],
    ['column', { column: 'heard' }],
    ['row', { rowId: testUuid(9) }],
    ['row and person at once', { rowId: place.ownerId, ownerId: place.rowId }],
    ['table, cut elsewhere', { table: 'tenant.turnsc', column: 'ontent' }],
  ])('does not open after a move to another %s', (_name, change) => {
    expect(refusalOf(() => openContent(key, { ...place, ...change }, sealed, 'review'))).toBe(unreadable)
  })

  it("does not open with another person's key, and not with any key after its own was destroyed", () => {
    expect(refusalOf(() => openContent(secretOf(2), place, sealed, 'review'))).toBe(unreadable)
    const forgotten = secretOf(3)
    const lost = sealContent(forgotten, place, words)
    forgotten.destroy()
    expect(() => openContent(forgotten, place, lost, 'review')).toThrow(RangeError)
  })

  it('does not open with any bit flipped, cut short, or as the plain words', () => {
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      expect(refusalOf(() => openContent(key, place, inTheRow(withFlippedBit(sealed, bit)), 'review'))).toBe(unreadable)
    }
    for (const bytes of [Buffer.alloc(0), sealed.subarray(0, -1), Buffer.from(words)]) {
      expect(refusalOf(() => openContent(key, place, inTheRow(bytes), 'review'))).toBe(unreadable)
    }
  })

  it('says in its refusal where and what for, and none of the words', () => {
    const open = () => openContent(key, { ...place, rowId: testUuid(9) }, sealed, 'export')
    expect(open).toThrow(`tenant.turns.content of row ${testUuid(9)} does not open for export`)
    expect(open).not.toThrow(/Ada/)
  })

  it('gives different bytes for the same words', () => {
    expect(sealContent(key, place, words).equals(sealed)).toBe(false)
  })

  it('gives back every text as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        expect(openContent(key, place, sealContent(key, place, text), 'replay')).toBe(text)
      }),
    )
  })
})

describe('sealed bytes', () => {
  const file: ContentPlace = { ...place, table: 'tenant.knowledge', column: 'object' }

  it('open as they were, whatever they are, and are no text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const opened = openContentBytes(key, file, sealContentBytes(key, file, bytes), 'processing')
        expect(opened.equals(bytes)).toBe(true)
      }),
    )
  })

  it('leave the bytes of the caller as they are', () => {
    const bytes = Buffer.from(words)
    sealContentBytes(key, file, bytes)
    expect(bytes.toString()).toBe(words)
  })

  it.each<[string, Partial<ContentPlace>]>([
    ['workspace', { workspaceId: testUuid(9) }],
    ['row', { rowId: testUuid(9) }],
    ['column', { column: 'content' }],
  ])('do not open after a move to another %s, with a flipped bit, or as the plain bytes', (_name, change) => {
    const bytes = sealContentBytes(key, file, Buffer.from(words))
    for (const [at, found] of [
      [{ ...file, ...change }, bytes],
      [file, withFlippedBit(bytes, bytes.length * 8 - 1)],
      [file, Buffer.from(words)],
      [file, Buffer.alloc(0)],
    ] as const)
      expect(refusalOf(() => openContentBytes(key, at, found, 'processing'))).toBe(unreadable)
  })
})
