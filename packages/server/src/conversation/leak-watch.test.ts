import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemRandomBytes } from '../platform/crypto/random-bytes.ts'
import { LeakWatch } from './leak-watch.ts'
import { makePromptMarks } from './make-prompt-marks.ts'

const { canary } = makePromptMarks(systemRandomBytes)

/** What came out of a stream of these pieces, and whether it leaked. */
function stream(pieces: readonly string[]): { readonly text: string; readonly leaked: boolean } {
  const watch = new LeakWatch(canary)
  const steps = pieces.map((piece) => watch.push(piece))
  return { text: steps.map(({ text }) => text).join('') + watch.end(), leaked: steps.some(({ leaked }) => leaked) }
}

describe('the watch for the canary', () => {
  it.each([
    ['as it is', canary],
    ['in capitals', canary.toUpperCase()],
    ['letter by letter', [...canary].join(' - ')],
    ['over lines', [...canary].join('\n')],
    ['with unseen characters', [...canary].join('\u200b')],
    [
      'in full width',
      [...canary]
        .map((letter) => (/[a-z]/.test(letter) ? String.fromCharCode(letter.charCodeAt(0) + 0xfee0) : letter))
        .join(''),
    ],
  ])('finds it %s, however the stream is cut, and hands on what stood before', (_, written) => {
    const said = `Well, it says: ${written} and more.`
    for (const pieces of [[said], [...said], said.split(/(?<= )/)])
      expect(stream(pieces)).toEqual({ text: 'Well, it says: ', leaked: true })
  })

  it('holds back nothing but a beginning of it, and gives that back', () => {
    const watch = new LeakWatch(canary)
    expect(watch.push('Ask our FAQ').text).toBe('Ask our FA')
    expect(watch.push('. Then').text).toBe('Q. Then')
    expect(watch.push(' qz').text).toBe(' ')
    expect(watch.end()).toBe('qz')
    expect(watch.push(' and').text).toBe(' and')
    expect(watch.push(canary.slice(2)).leaked).toBe(false)
  })

  it('finds the word that two utterances of one turn are made into, and hands on nothing of the second part', () => {
    const watch = new LeakWatch(canary)
    watch.push(`It is ${canary.slice(0, 9)}`)
    watch.end()
    expect(watch.push(`, ${canary.slice(9)} ok`)).toEqual({ text: '', leaked: true })
    watch.reset()
    watch.push(canary.slice(0, 9))
    watch.reset()
    expect(watch.push(canary.slice(9)).leaked).toBe(false)
  })

  it('hands on every other text as it came, in any pieces', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.constantFrom('q', 'Q', 'qz', canary.slice(0, 9), ' '),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const { text, leaked } = stream(pieces)
        expect(leaked || text === pieces.join('')).toBe(true)
      }),
    )
  })

  it('hands on nothing more once it leaked, until the next turn', () => {
    const watch = new LeakWatch(canary)
    watch.push(canary)
    expect([watch.push('more').text, watch.end()]).toEqual(['', ''])
    watch.reset()
    expect(watch.push('more').text).toBe('more')
  })

  it('finds it in arguments, also as JSON may write it', () => {
    const watch = new LeakWatch(canary)
    const escaped = [...canary].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
    expect(watch.isIn(JSON.stringify({ to: 'x', text: canary }))).toBe(true)
    expect(watch.isIn(`{"text":"${escaped}"}`)).toBe(true)
    expect(watch.isIn('{"text":"qz"}')).toBe(false)
  })
})
