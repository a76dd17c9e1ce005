import { describe, expect, it } from 'vitest'
import { merkleLeaf } from './merkle-leaf.ts'
import { sha256 } from './sha256.ts'

describe('the leaf hash (RFC 6962 section 2.1)', () => {
  it.each([
    ['', '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    ['00', '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7'],
    ['10', '0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7'],
  ])('of %j is the one of the reference implementation', (data, hash) => {
    expect(merkleLeaf(Buffer.from(data, 'hex')).toString('hex')).toBe(hash)
  })

  it('is never the plain SHA-256, so that a leaf cannot pass for an inner node', () => {
    expect(merkleLeaf(Buffer.from('x')).equals(sha256('x'))).toBe(false)
    expect(merkleLeaf(Buffer.from('x')).equals(sha256('\u0000x'))).toBe(true)
  })
})
