import { placeOf } from '../place-of.ts'
import { plant } from '../plant.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

const parts = ['Threat:', 'Rule:', 'On failure:']

/** One control a file, and its header says against what, how, and what happens when it cannot decide. */
export const controlHeaders: Wall = {
  name: 'every guard opens with Threat / Rule / On failure',
  check: (sources) => sources.flatMap(checkOne),
  planted: [
    planted('no header', `export const guard = () => true`),
    planted('half a header', `/**\n * Threat: a stranger\n * Rule: refuse\n */\nexport const guard = () => true`),
    planted('a header far below', `${'const x = 1\n'.repeat(30)}${header()}`),
  ],
  innocent: [
    {
      name: 'a header above or below the imports, and a test',
      files: {
        'packages/server/src/guards/a.ts': `${header()}export const guard = () => true`,
        'packages/server/src/guards/b.ts': `import './a.ts'\n${header()}export const guard = () => true`,
        'packages/server/src/guards/a.test.ts': `export {}`,
      },
    },
  ],
}

function header(): string {
  return `/**\n * Threat: a stranger.\n * Rule: refuse.\n * On failure: refused.\n */\n`
}

function planted(name: string, text: string) {
  return plant(name, 'guards/authenticate.ts', text)
}

function checkOne(source: Source): readonly Violation[] {
  const { layer, forTests } = placeOf(source.path)
  if (layer !== 'guards' || forTests) return []
  const opens = source.comments.some(({ value, line }) => line <= 30 && parts.every((part) => value.includes(part)))
  return opens ? [] : [{ path: source.path, line: 1, found: `does not open with ${parts.join(' / ')}` }]
}
