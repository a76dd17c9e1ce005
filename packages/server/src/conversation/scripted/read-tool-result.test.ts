import { expect, test } from 'vitest'
import { readToolResult } from './read-tool-result.ts'

test('gives the plain fields as values', () => {
  const result = readToolResult('{"ok":true,"slot":"Tuesday","count":2,"deep":{"x":1},"none":null}')
  expect(result.ok).toBe(true)
  expect([...result.values]).toEqual([
    ['result.ok', 'true'],
    ['result.slot', 'Tuesday'],
    ['result.count', '2'],
  ])
})

test.each(['', 'no json', '[]', 'null', '"ok"', '{}', '{"ok":"yes"}', '{"slot":"x"}'])(
  '%j counts as a failure',
  (text) => {
    expect(readToolResult(text)).toEqual({ ok: false, values: new Map() })
  },
)
