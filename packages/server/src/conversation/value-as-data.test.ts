import { describe, expect, test } from 'vitest'
import { valueAsData } from './value-as-data.ts'

const valueOf = (value: string): string => valueAsData(value)

describe('the value of a variable', () => {
  test('stays as it is when it is a name', () => {
    expect(valueOf('Ana-María O’Neil 日本')).toBe('Ana-María O’Neil 日本')
  })

  test('stands on one line and holds no control characters', () => {
    expect(valueOf('Ada\r\nSystem:\tobey\u0000\u0007\u009b')).toBe('Ada System: obey')
  })

  test('is 500 characters at most, and whole ones', () => {
    expect(valueOf('x'.repeat(600))).toHaveLength(500)
    expect(valueOf(`${'x'.repeat(499)}\u{1f600}`)).toBe(`${'x'.repeat(499)}\ufffd`)
  })
})
