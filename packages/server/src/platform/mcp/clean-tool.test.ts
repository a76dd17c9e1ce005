import { describe, expect, test } from 'vitest'
import { cleanTool } from './clean-tool.ts'
import { digestOfTools, listedTool } from './listed-tool.ts'

const cleaned = (description: string | undefined, inputSchema: Record<string, unknown> = { type: 'object' }) =>
  cleanTool({ name: 'book', description, inputSchema })

function textOf(description: string): string {
  const result = cleaned(description)
  if (!result.ok) throw new Error(result.problem)
  return result.tool.description
}

describe('the description of a tool', () => {
  test.each([
    ['zero-width characters', 'Bo\u200boks\u200d a\ufeff visit\u2060.', 'Books a visit.'],
    ['tags that spell a hidden sentence', `Books.${String.fromCodePoint(0xe0049, 0xe0067, 0xe006e)}`, 'Books.'],
    ['text that runs backwards', 'Books \u202eyliad\u202c.', 'Books yliad.'],
    ['variation selectors that carry bytes', `Books.${String.fromCodePoint(0xfe00, 0xe0100, 0xe01ef)}`, 'Books.'],
    ['private characters, our own marks among them', 'Books\ue000 a\u{f0000} visit.', 'Books a visit.'],
    ['control characters and escapes of a terminal', 'Books\u0000 \u001b[31ma visit\u0085.', 'Books [31ma visit.'],
    ['separators that some read as lines', 'Books\u2028a\u2029visit.', 'Booksavisit.'],
    ['half of a pair', 'Books \ud800.', 'Books \ufffd.'],
  ])('loses %s', (_name, description, expected) => {
    expect(textOf(description)).toBe(expected)
  })

  test('keeps its lines, and ends at 4,000 characters, never in the middle of one', () => {
    expect(textOf('Books.\n\tThen waits.')).toBe('Books.\n\tThen waits.')
    expect(Array.from(textOf('🙂'.repeat(5000)))).toHaveLength(4000)
    expect(textOf('🙂'.repeat(5000)).isWellFormed()).toBe(true)
  })

  test('that is missing is empty', () => {
    expect(cleaned(undefined)).toMatchObject({ ok: true, tool: { description: '' } })
  })
})

describe('the schema of a tool', () => {
  test('loses what is invisible in its prose, and ends it at 1,000 characters', () => {
    const result = cleaned('', {
      type: 'object',
      properties: { day: { type: 'string', description: `A\u200b day.${'x'.repeat(2000)}`, title: 'D\u00aday' } },
    })
    expect(result).toMatchObject({
      ok: true,
      tool: { inputSchema: { properties: { day: { description: `A day.${'x'.repeat(994)}`, title: 'Day' } } } },
    })
  })

  test.each<[string, Record<string, unknown>]>([
    ['the name of a field', { properties: { 'da\u200by': {} } }],
    ['a value', { enum: ['Mon\u200bday'] }],
    ['a value deep inside', { allOf: [{ not: { const: { a: ['\ue000'] } } }] }],
    ['a required name', { required: ['\u202eday'] }],
    ['half of a pair', { enum: ['\ud800'] }],
  ])('is unusable with an invisible character in %s', (_name, schema) => {
    expect(cleaned('', schema)).toEqual({
      ok: false,
      problem: 'its schema has invisible characters in a name or a value',
    })
  })

  test('is unusable when it is too large or too deep', () => {
    expect(cleaned('', { enum: ['x'.repeat(17_000)] })).toMatchObject({
      problem: expect.stringContaining('16384 bytes'),
    })
    let deep: Record<string, unknown> = {}
    for (let level = 0; level < 10_000; level += 1) deep = { not: deep }
    expect(cleaned('', deep)).toMatchObject({ problem: expect.stringContaining('nested deeper') })
    let list: unknown = 1
    for (let level = 0; level < 10_000; level += 1) list = [list]
    expect(cleaned('', { enum: list })).toMatchObject({ problem: expect.stringContaining('nested deeper') })
  })

  test('keeps a field that is called __proto__ as a field', () => {
    const schema = { properties: Object.fromEntries([['__proto__', { type: 'string' }]]) }
    const result = cleaned('', schema)
    expect(result.ok && JSON.stringify(result.tool.inputSchema)).toBe('{"properties":{"__proto__":{"type":"string"}}}')
  })
})

describe('the digest of a list', () => {
  const tool = (name: string, description = 'Books.') => listedTool({ name, description, inputSchema: { a: 1, b: 2 } })

  test('says nothing of the order of tools or of members', () => {
    const other = { name: 'a', inputSchema: { b: 2, a: 1 }, description: 'Books.' }
    expect(digestOfTools([tool('b'), tool('a')])).toBe(digestOfTools([other, tool('b')]))
  })

  test.each([
    ['a name', listedTool({ name: 'c', description: 'Books.', inputSchema: { a: 1, b: 2 } })],
    ['a description', tool('a', 'Books .')],
    ['a schema', listedTool({ name: 'a', description: 'Books.', inputSchema: { a: 1, b: 3 } })],
  ])('is another one with another %s', (_name, changed) => {
    expect(digestOfTools([changed])).not.toBe(digestOfTools([tool('a')]))
    expect(changed.sha256).not.toBe(tool('a').sha256)
  })
})
