import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { strictFields } from './strict-fields.ts'

const schema = strictFields({ no_go_zones: z.string().optional(), line: z.string().optional() })

function messageOf(value: unknown): string | undefined {
  return schema.safeParse(value).error?.issues[0]?.message
}

describe('an object with fixed fields', () => {
  it('takes its own fields', () => {
    expect(schema.parse({ line: 'a' })).toEqual({ line: 'a' })
  })

  it.each([
    [{ noGoZones: 'x' }, 'noGoZones: no such field; did you mean no_go_zones?'],
    [{ 'no-go-zone': 'x' }, 'no-go-zone: no such field; did you mean no_go_zones?'],
    [{ lien: 'x' }, 'lien: no such field; remove it (known: no_go_zones, line)'],
    [{ lines: 'x' }, 'lines: no such field; did you mean line?'],
    [{ '': 'x' }, ': no such field; remove it (known: no_go_zones, line)'],
    [
      { lin: 'x', other: 1 },
      'lin: no such field; did you mean line?\nother: no such field; remove it (known: no_go_zones, line)',
    ],
  ])('refuses %j with the field that was probably meant', (value, message) => {
    expect(messageOf(value)).toBe(message)
  })

  it('does not repeat a name of any length', () => {
    expect(messageOf({ ['x'.repeat(100_000)]: 1 })?.length).toBeLessThan(200)
  })

  it('explains at most twenty, each on a line of its own', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`odd\n${index}`, 1]))
    expect(messageOf(many)?.split('\n')).toHaveLength(20)
  })

  it('leaves what is no object to its own words', () => {
    expect(messageOf([])).toMatch(/expected object/)
  })
})
