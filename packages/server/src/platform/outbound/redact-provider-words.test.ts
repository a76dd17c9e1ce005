import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LentSecret } from './lend-secret.ts'
import { redactProviderWords } from './redact-provider-words.ts'

function lend(key: string): LentSecret {
  return { unseal: async () => undefined, use: (work) => work(Buffer.from(key)) }
}

describe("a provider's words", () => {
  it.each([
    [
      'Incorrect API key provided: sk-proj-abcd1234efgh. Find it at the site.',
      'Incorrect API key provided: [secret] Find it at the site.',
    ],
    ['Incorrect API key provided: sk-abc**********wxyz', 'Incorrect API key provided: [secret]'],
    ['got Authorization: Bearer abc.def', 'got Authorization: Bearer [secret]'],
    [`token ${'a1'.repeat(20)} is old`, 'token [secret] is old'],
    [
      'Rate limit reached for gpt-4o-mini on requests per min',
      'Rate limit reached for gpt-4o-mini on requests per min',
    ],
    ['Unknown model claude-3-5-sonnet-20241022', 'Unknown model claude-3-5-sonnet-20241022'],
    ['two\nlines\u0000 and\t more', 'two lines and more'],
  ])('lose keys and line breaks: %j', (words, expected) => {
    expect(redactProviderWords(words, undefined)).toBe(expected)
  })

  it('never hold the key that we sent, whatever stands around it', () => {
    const anyKey = fc.stringMatching(/^[\x21-\x7e]{8,60}$/)
    fc.assert(
      fc.property(anyKey, fc.string(), fc.string(), (key, before, after) => {
        fc.pre(!'[secret]'.includes(key))
        expect(redactProviderWords(`${before}${key}${after}`, lend(key))).not.toContain(key)
      }),
    )
  })

  it('are cut to what a log line needs', () => {
    expect(redactProviderWords('word '.repeat(100_000), undefined).length).toBeLessThanOrEqual(300)
  })
})

it.each(['ann.smith@example.com', '4111 1111 1111 1111', '+49 (151) 234-56789'])(
  'are cut before "%s" and not within it',
  (data) => {
    for (let head = 270; head < 302; head += 1) {
      const words = redactProviderWords(`${'word '.repeat(60).slice(0, head - 1)} ${data} and more`, undefined)
      expect(words.length).toBeLessThanOrEqual(300)
      expect(words.includes(data) || !/[\d@]|ann/.test(words)).toBe(true)
    }
  },
)
