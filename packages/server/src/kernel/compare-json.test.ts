import { describe, expect, it } from 'vitest'
import { compareJson } from './compare-json.ts'

describe('compareJson', () => {
  it('finds nothing where nothing has changed, whatever the order of names', () => {
    const rules = [{ name: 'a', phrases: ['x', 'y'] }, { name: 'b' }]
    expect(compareJson({ rules, line: 'l' }, { line: 'l', rules: rules.toReversed() })).toEqual([])
  })

  it('names the rule and the place of what was added, removed and changed', () => {
    const from = { rules: [{ name: 'a', phrases: ['x', 'y'], line: 'old' }, { name: 'gone' }] }
    const to = { rules: [{ name: 'new/1' }, { name: 'a', phrases: ['y', 'z'], line: 'now' }] }
    expect(compareJson(from, to)).toEqual([
      { change: 'removed', pointer: '/rules/0/phrases/0', rule: 'a', from: 'x' },
      { change: 'added', pointer: '/rules/1/phrases/1', rule: 'a', to: 'z' },
      { change: 'changed', pointer: '/rules/1/line', rule: 'a', from: 'old', to: 'now' },
      { change: 'removed', pointer: '/rules/1', rule: 'gone', from: { name: 'gone' } },
      { change: 'added', pointer: '/rules/0', rule: 'new/1', to: { name: 'new/1' } },
    ])
  })

  it('compares entries without a name by their place', () => {
    expect(compareJson([1, { a: 1 }], [1, { a: 2 }, 3])).toEqual([
      { change: 'changed', pointer: '/1/a', rule: null, from: 1, to: 2 },
      { change: 'added', pointer: '/2', rule: null, to: 3 },
    ])
  })
})
