import { apply, type Matrix } from './matrix.ts'

/** Left, bottom, right, top. */
export type Box = readonly [number, number, number, number]

/** The upright box around a box that was turned. */
export function turnedBox(matrix: Matrix, [left, bottom, right, top]: Box): Box {
  const corners = [
    apply(matrix, [left, bottom]),
    apply(matrix, [right, bottom]),
    apply(matrix, [left, top]),
    apply(matrix, [right, top]),
  ]
  const xs = corners.map(([x]) => x)
  const ys = corners.map(([, y]) => y)
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
}

export function intersection(one: Box, other: Box): Box {
  return [
    Math.max(one[0], other[0]),
    Math.max(one[1], other[1]),
    Math.min(one[2], other[2]),
    Math.min(one[3], other[3]),
  ]
}
