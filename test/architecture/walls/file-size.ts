import type { Wall } from '../wall.ts'

/** Think at 200 lines; past 400 nobody reads a file to its end. Tests and SQL are read too. */
const maxLines = 400

export const fileSize: Wall = {
  name: `no file over ${maxLines} lines`,
  check: (sources) =>
    sources
      .filter((source) => source.lineCount > maxLines)
      .map(({ path, lineCount }) => ({ path, line: maxLines, found: `has ${lineCount} lines; split it by verb` })),
  planted: [
    planted('packages/server/src/main.ts', maxLines + 1),
    planted('packages/server/src/main.test.ts', maxLines + 1),
    planted('packages/server/src/platform/postgres/migrations/0001-all.sql', maxLines + 1),
    planted('packages/widget/src/talk.css', 2 * maxLines),
  ],
  innocent: [{ name: 'a file of exactly 400 lines', files: planted('packages/policy/src/fold.ts', maxLines).files }],
}

function planted(path: string, lines: number) {
  return { name: `${path} with ${lines} lines`, files: { [path]: '\n'.repeat(lines) }, at: [path] }
}
