import type { TextRun } from './page-text.ts'

/** A line as it stands on the page; `isBold` where all of it is. */
export type Line = {
  readonly text: string
  readonly size: number
  readonly isBold: boolean
  readonly left: number
  readonly right: number
  readonly y: number
}

/** Runs whose feet are no farther apart than this part of their size stand on one line: letters that are raised, too. */
const sameLine = 0.45
/** A wider gap between runs is a blank. */
const blankWidth = 0.12
/** Fat letters are often painted twice, a hair apart. */
const samePlace = 0.15

/** The lines of a page in the order in which they were written into it, which is that of reading nearly always. */
export function pageLines(runs: readonly TextRun[], isBold: (font: string) => boolean): readonly Line[] {
  const lines: Line[] = []
  let open: TextRun[] = []
  const close = (): void => {
    const line = lineOf(open, isBold)
    if (line !== undefined) lines.push(line)
    open = []
  }
  for (const run of runs) {
    const last = open.at(-1)
    if (last !== undefined && isPaintedAgain(last, run)) continue
    if (last !== undefined && !isBeside(last, run)) close()
    open.push(run)
  }
  close()
  return lines
}

function isPaintedAgain(last: TextRun, run: TextRun): boolean {
  const apart = Math.hypot(run.start[0] - last.start[0], run.start[1] - last.start[1])
  return run.text === last.text && apart < samePlace * run.size
}

/** Whether a run stands behind the other one in the direction of its letters. */
function isBeside(last: TextRun, run: TextRun): boolean {
  const { along, across } = offset(last, run)
  const size = Math.max(last.size, run.size)
  return Math.abs(across) < sameLine * size && along > -size
}

function offset(last: TextRun, run: TextRun): { readonly along: number; readonly across: number } {
  const [dx, dy] = [last.end[0] - last.start[0], last.end[1] - last.start[1]]
  const length = Math.hypot(dx, dy)
  const [ux, uy] = length === 0 ? [1, 0] : [dx / length, dy / length]
  const [x, y] = [run.start[0] - last.end[0], run.start[1] - last.end[1]]
  return { along: x * ux + y * uy, across: x * -uy + y * ux }
}

function lineOf(runs: readonly TextRun[], isBold: (font: string) => boolean): Line | undefined {
  const [first] = runs
  if (first === undefined) return undefined
  const text = runs
    .map((run, index) => {
      const last = runs[index - 1]
      if (last === undefined) return run.text
      return offset(last, run).along > blankWidth * run.size ? ` ${run.text}` : run.text
    })
    .join('')
  if (text.trim() === '') return undefined
  const written = runs.filter((run) => run.text.trim() !== '')
  return {
    text,
    size: Math.max(...written.map(({ size }) => size)),
    isBold: written.every(({ font }) => isBold(font)),
    left: first.start[0],
    right: Math.max(...runs.map(({ end }) => end[0])),
    y: first.start[1],
  }
}
