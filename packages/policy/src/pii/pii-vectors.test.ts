import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PiiKind, piiKinds } from '@hyponema/contract'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createOutputGate } from '../gate/output-gate.ts'
import { compileDocument } from '../test-harness/compile-document.ts'
import { seededNumbers, splitAt } from '../test-harness/random-splits.ts'
import { runGate } from '../test-harness/run-gate.ts'
import { vectorsFolder } from '../test-harness/vectors-folder.ts'
import { findPii } from './find-pii.ts'
import { maskPii } from './mask-pii.ts'

const vectors = vectorsFolder(process.env['VECTORS_DIR'])
const kindOf = new Map<string, PiiKind>([
  ['CREDIT_CARD', 'card'],
  ['IBAN_CODE', 'iban'],
  ['US_SSN', 'ssn'],
  ['EMAIL_ADDRESS', 'email'],
  ['IP_ADDRESS', 'ip'],
  ['PHONE_NUMBER', 'phone'],
])
const rowSchema = z.object({
  full_text: z.string(),
  spans: z.array(z.object({ entity_type: z.string(), start_position: z.number(), end_position: z.number() })),
})
const everything = {
  kinds: Object.fromEntries(piiKinds.map((kind) => [kind, { to_model: 'mask', to_speech: 'mask' }])),
}

describe.skipIf(vectors === null)('personal data and ../shared/vectors/pii', () => {
  const rows = vectors === null ? [] : readRows(join(vectors, 'pii/presidio-synth-first-750.json'))
  const policy = compileDocument({ pii: everything })

  it('finds at least 98 % of each kind that has a check or a form; phones are counted', () => {
    const counts: Partial<Record<PiiKind, { all: number; found: number }>> = {}
    for (const { full_text: text, spans } of rows) {
      const places = findPii(text)
      for (const span of spans) {
        const kind = kindOf.get(span.entity_type)
        if (kind === undefined) continue
        const isFound = places.some(
          (place) => place.kind === kind && place.start <= span.start_position && place.end >= span.end_position,
        )
        const { all, found } = counts[kind] ?? { all: 0, found: 0 }
        counts[kind] = { all: all + 1, found: found + (isFound ? 1 : 0) }
      }
    }
    const shares = Object.fromEntries(Object.entries(counts).map(([kind, { all, found }]) => [kind, found / all]))
    for (const kind of ['card', 'iban', 'ssn', 'email', 'ip']) expect(shares[kind], kind).toBeGreaterThanOrEqual(0.98)
    /** 46 of 49: the rest has the form of any other number. */
    expect(shares['phone']).toBeGreaterThan(0.9)
  })

  it('leaves the rows without any of these kinds as they are', () => {
    const without = rows.filter(({ spans }) => !spans.some(({ entity_type: type }) => kindOf.has(type)))
    expect(without.length).toBeGreaterThan(500)
    for (const { full_text: text } of without) {
      expect(maskPii(policy, 'to_model', text).text).toBe(text)
      expect(runGate(createOutputGate(policy), [[text]]).released).toEqual([text.toWellFormed()])
    }
  })

  it('decides the same in any split, and lets nothing of what it found leave', () => {
    const next = seededNumbers(11)
    for (const { full_text: text, spans } of rows) {
      const whole = runGate(createOutputGate(policy), [[text]])
      const split = runGate(createOutputGate(policy), [splitAt(text, [next(500), next(500), next(500)])])
      expect(split.heard).toEqual(whole.heard)
      expect(split.blocks.map(({ decision }) => decision)).toEqual(whole.blocks.map(({ decision }) => decision))
      for (const span of spans.filter(({ entity_type: type }) => (kindOf.get(type) ?? 'phone') !== 'phone')) {
        for (let at = span.start_position; at < span.end_position; at += 1) expect(whole.offsets.has(at)).toBe(false)
      }
    }
  })
})

function readRows(file: string): readonly z.infer<typeof rowSchema>[] {
  return z.array(rowSchema).parse(JSON.parse(readFileSync(file, 'utf8')))
}
