import { describe, expect, it } from 'vitest'
import { readNumber } from './read-number.ts'

describe('a number', () => {
  it.each([
    ['+4901701234567', '+491701234567'],
    ['+491701234567', '+491701234567'],
    ['+4420071234567', '+4420071234567'],
    ['+44002071234567', '+442071234567'],
    ['+97203123456', '+9723123456'],
    ['+390612345678', '+390612345678'],
    ['+2250701234567', '+2250701234567'],
    ['+14155550123', '+14155550123'],
    ['+490000000', '+490000000'],
  ])('%s is %s', (written, number) => {
    expect(readNumber(written)).toBe(number)
    expect(readNumber(number)).toBe(number)
  })
})
