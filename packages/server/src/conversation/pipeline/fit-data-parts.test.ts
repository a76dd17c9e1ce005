import { describe, expect, test } from 'vitest'
import { systemRandomBytes } from '../../platform/crypto/random-bytes.ts'
import { makePromptMarks } from '../make-prompt-marks.ts'
import { makePromptSegment, type PromptPart, renderPrompt } from '../prompt-segment.ts'
import { fitDataParts } from './fit-data-parts.ts'

function note(name: string, length: number): PromptPart {
  const text = name.repeat(length)
  return { kind: 'data', segment: makePromptSegment({ text, source: `note:${name}`, trust: 'document' }) }
}

describe('information in a prompt', () => {
  test('is left out from where 32,000 characters are full, what is shorter still fits, and segments say so', () => {
    const parts = fitDataParts([note('a', 30_000), note('b', 3000), note('c', 2000), note('d', 1)])
    expect(parts.map(({ segment: { text, leftOut } }) => [text.length, leftOut])).toEqual([
      [30_000, 0],
      [0, 3000],
      [2000, 0],
      [0, 1],
    ])
    const [{ content } = { content: '' }] = renderPrompt(parts, makePromptMarks(systemRandomBytes))
    expect(content).not.toContain('note:b')
    expect(content).toContain('note:c')
  })

  test('never costs what people, agents and tools said', () => {
    const said: PromptPart = {
      kind: 'user_message',
      segment: makePromptSegment({ text: 'x'.repeat(50_000), source: 'message', trust: 'user' }),
    }
    expect(fitDataParts([said, note('a', 32_000), said])).toEqual([said, note('a', 32_000), said])
  })
})
