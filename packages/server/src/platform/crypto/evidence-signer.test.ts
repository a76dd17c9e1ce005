import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createEvidenceSigner, type EvidencePurpose, verifyEvidence } from './evidence-signer.ts'
import { readVerifierKey, renderVerifierKey, verifyNote } from './signed-note.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const signer = createEvidenceSigner({
  active: { id: 'evi-1', privateKey },
  publicKeys: new Map([['evi-1', publicKey]]),
})
const other = generateKeyPairSync('ed25519').publicKey
const bytes = Buffer.from('what happened')
const purposes: readonly EvidencePurpose[] = ['export-manifest', 'erasure-receipt', 'erasure-journal', 'posture-report']

describe('evidence', () => {
  test('verifies for what it was signed for, and for nothing else', () => {
    for (const purpose of purposes) {
      const signature = signer.sign(purpose, bytes)
      expect(purposes.filter((one) => verifyEvidence(publicKey, one, bytes, signature))).toEqual([purpose])
      expect(verifyEvidence(other, purpose, bytes, signature)).toBe(false)
      expect(verifyEvidence(publicKey, purpose, Buffer.from('what happened.'), signature)).toBe(false)
      expect(verifyEvidence(publicKey, purpose, bytes, signature.subarray(0, 63))).toBe(false)
    }
  })

  test('as a note is verified by the key of that name alone', () => {
    const name = 'hyponema-audit/wsp_1'
    const note = signer.signNote(name, `${name}\n1\nAAAA\n`)
    expect(verifyNote(note, { name, publicKey })).toBe(true)
    expect(verifyNote(note.replace('\n1\n', '\n2\n'), { name, publicKey })).toBe(false)
    expect(verifyNote(note, { name, publicKey: other })).toBe(false)
    expect(verifyNote(note, { name: 'hyponema-audit/wsp_2', publicKey })).toBe(false)
    const cosigned = `${note}— witness.example/w ${Buffer.alloc(76).toString('base64')}\n`
    expect(verifyNote(cosigned, { name, publicKey })).toBe(true)
    const key = renderVerifierKey(name, publicKey)
    expect(readVerifierKey(key)?.publicKey.equals(publicKey)).toBe(true)
    expect(readVerifierKey(key.replace('wsp_1', 'wsp_2'))).toBeUndefined()
    expect(readVerifierKey('wsp_1')).toBeUndefined()
  })
})
