import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChunkWriter, maxHeadingCharacters, maxHeadings } from './chunk-writer.ts'
import { maxChunkCharacters } from './cut-text.ts'
import { documentLimits } from './document-limits.ts'
import type { DocumentChunk } from './parsed-document.ts'
import { readHere, wordsOf } from './test-harness/read-here.ts'
import { visibleText } from './visible-text.ts'

type Step =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'block'; readonly text: string; readonly lead: string | undefined }
  | { readonly kind: 'page' | 'leave'; readonly number: number }

function chunksOf(steps: readonly Step[]): readonly DocumentChunk[] {
  const chunks: DocumentChunk[] = []
  const writer = new ChunkWriter({ limits: documentLimits, emit: (chunk) => chunks.push(chunk) })
  for (const step of steps) {
    if (step.kind === 'heading') writer.heading(step.level, step.text)
    else if (step.kind === 'block') writer.block(step.text, step.lead)
    else if (step.kind === 'page') writer.page(step.number)
    else writer.leave(step.number)
  }
  writer.end()
  return chunks
}

const words = fc
  .array(fc.oneof(fc.string({ minLength: 1, maxLength: 12 }), fc.constantFrom('end.', 'why?', '漢字。')), {
    maxLength: 400,
  })
  .map((all) => visibleText(all.join(' ')))
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('heading' as const), level: fc.integer({ min: 1, max: 12 }), text: words }),
  fc.record({ kind: fc.constant('block' as const), text: words, lead: fc.option(words, { nil: undefined }) }),
  fc.record({ kind: fc.constantFrom('page' as const, 'leave' as const), number: fc.integer({ min: 1, max: 9 }) }),
)

/** Whether all of `part` comes in `whole` in its order. */
function isInOrder(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0
  for (const word of whole) if (word === part[at]) at += 1
  return at === part.length
}

describe('passages', () => {
  test('none is longer than the cap, and none is empty', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        for (const { text, headingPath } of chunksOf(steps)) {
          expect(text.length).toBeLessThanOrEqual(maxChunkCharacters)
          expect(text.trim()).toBe(text)
          expect(text).not.toBe('')
          expect(text.isWellFormed()).toBe(true)
          expect(headingPath.length).toBeLessThanOrEqual(maxHeadings)
          for (const heading of headingPath) expect(heading.length).toBeLessThanOrEqual(maxHeadingCharacters)
        }
      }),
    )
  })

  test('hold every word in order', () => {
    const plain = fc
      .array(fc.stringMatching(/^[a-z0-9]{1,12}[.,?]?$/), { minLength: 1, maxLength: 300 })
      .map((all) => all.join(' '))
    const steps = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('heading' as const), level: fc.integer({ min: 1, max: 6 }), text: plain }),
        fc.record({ kind: fc.constant('block' as const), text: plain, lead: fc.option(plain, { nil: undefined }) }),
      ),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(steps, (all) => {
        const given = all.flatMap(({ text }) => text.split(' '))
        expect(isInOrder(given, wordsOf(chunksOf(all)))).toBe(true)
      }),
    )
  })

  test('end at sentences and never inside of a word', () => {
    const sentence = 'The clinic opens at eight and closes at noon.'
    const chunks = chunksOf([{ kind: 'block', text: Array(200).fill(sentence).join(' '), lead: undefined }])
    expect(chunks.length).toBeGreaterThan(5)
    for (const { text } of chunks) expect(text).toMatch(/^The clinic .* noon\.$/)
  })

  test('a word that is longer than a passage is cut, but never inside of a character', () => {
    const chunks = chunksOf([{ kind: 'block', text: `a${'👍'.repeat(5_000)}`, lead: undefined }])
    expect(chunks.map(({ text }) => text).join('')).toBe(`a${'👍'.repeat(5_000)}`)
    for (const { text } of chunks) expect(text.isWellFormed()).toBe(true)
  })

  test('a long list says in each passage what it is a list of', async () => {
    const items = Array.from({ length: 100 }, (_, number) => `<li>Point ${number} of the list, with some more words`)
    const chunks = await readHere('html', `<h2>Rules</h2><p>These are our rules:</p><ul>${items.join('')}</ul>`)
    expect(chunks.length).toBeGreaterThan(3)
    for (const { text, headingPath } of chunks) {
      expect(text).toMatch(/^These are our rules:\n- Point/)
      expect(headingPath).toEqual(['Rules'])
    }
  })

  test('a row of a table says what its cells are', async () => {
    const markdown = '| Day | Opens | Closes |\n|---|---|---|\n| Monday | 8 | 12 |\n| Tuesday | 9 | 13 |\n'
    expect((await readHere('markdown', markdown)).map(({ text }) => text)).toEqual([
      'Day | Opens | Closes\nDay: Monday; Opens: 8; Closes: 12\nDay: Tuesday; Opens: 9; Closes: 13',
    ])
  })

  test('a cell that reaches down is said in each of its rows', async () => {
    const html = '<table><tr><th>Day<th>Who<tr><td rowspan=2>Mon<td>Ada<tr><td>Bob<tr><td>Tue<td>Cy</table>'
    const [chunk] = await readHere('html', html)
    expect(chunk?.text).toBe('Day | Who\nDay: Mon; Who: Ada\nDay: Mon; Who: Bob\nDay: Tue; Who: Cy')
  })

  test('numbers of JSON keep their digits, and names are headings', async () => {
    const json =
      '{"clinic":{"phone":12345678901234567890,"doctors":[{"name":"Ada","room":1.0,"days":["Mon","Tue"]}]},"note":null}'
    expect(await readHere('json', json)).toEqual([
      { headingPath: ['clinic'], page: null, text: 'phone: 12345678901234567890' },
      { headingPath: ['clinic', 'doctors'], page: null, text: 'name: Ada; room: 1.0; days: Mon, Tue' },
      { headingPath: [], page: null, text: 'note: null' },
    ])
  })

  test.each(['html', 'markdown', 'text', 'json'] as const)('%s of any kind keeps every visible word', async (type) => {
    const word = fc.stringMatching(/^[a-z]{1,10}$/)
    const lines = fc.array(fc.array(word, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 20 })
    const forms: Readonly<Record<typeof type, (all: readonly (readonly string[])[]) => string>> = {
      html: (all) =>
        all
          .map((line, at) => `<${at % 3 === 0 ? 'h2' : 'p'}>${line.join(' ')}</${at % 3 === 0 ? 'h2' : 'p'}>`)
          .join(''),
      markdown: (all) => all.map((line, at) => `${['# ', '- ', ''][at % 3]}${line.join(' ')}`).join('\n\n'),
      text: (all) => all.map((line) => line.join(' ')).join('\n\n'),
      json: (all) => JSON.stringify(all.map((line) => ({ a: line.join(' '), b: { c: line } }))),
    }
    await fc.assert(
      fc.asyncProperty(lines, async (all) => {
        const seen = wordsOf(await readHere(type, forms[type](all))).flatMap((part) => part.split(/[,;:]/))
        expect(isInOrder(all.flat(), seen)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })
})
