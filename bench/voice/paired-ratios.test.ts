import { describe, expect, test } from 'vitest'
import { pairedRatio, verdictOf } from './paired-ratios.ts'

const pairs = (...ratios: readonly number[]) => ratios.map((ratio) => [ratio * 8, 8] as const)
const ten = pairs(0.31, 0.32, 0.33, 0.34, 0.35, 0.36, 0.37, 0.38, 0.39, 0.4)

describe('the ratio of alternating pairs', () => {
  test('has the interval of the sign test: of ten pairs the second and the ninth', () => {
    expect(pairedRatio(ten).interval).toEqual([0.32, 0.39])
  })

  test('leaves nothing out of so few pairs that nothing may be', () => {
    expect(pairedRatio(pairs(1, 2, 3)).interval).toEqual([1, 3])
  })

  test('is judged by its interval, and not at all where the goal lies inside', () => {
    const judged = [0.5, 0.35, 0.2].map((goal) => verdictOf(pairedRatio(ten), goal))
    expect(judged).toEqual(['met', 'undecided', 'MISSED'])
  })

  test('of fewer than ten pairs is not judged', () => {
    expect(verdictOf(pairedRatio(ten.slice(1)), 0.9)).toBe('undecided')
  })
})
