import { fileOf } from '../resolve-edge.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

/** Types count too: two files that need each other are one file in two places. */
export const noCycles: Wall = {
  name: 'no import cycles',
  check: (sources) => cyclesOf(sources),
  planted: [
    {
      name: 'a circle of three, one side of it a type',
      files: {
        'packages/policy/src/a.ts': `import './b.ts'`,
        'packages/policy/src/b.ts': `export * from './c.ts'`,
        'packages/policy/src/c.ts': `import type { A } from './a.ts'`,
        'packages/policy/src/d.ts': `import './a.ts'`,
      },
      at: ['packages/policy/src/a.ts'],
    },
    {
      name: 'a file that imports itself',
      files: { 'packages/policy/src/a.ts': `await import('./a.ts')` },
      at: ['packages/policy/src/a.ts'],
    },
    {
      name: 'a circle through the entry of the package',
      files: {
        'packages/policy/src/index.ts': `export * from './a.ts'`,
        'packages/policy/src/a.ts': `import '@hyponema/policy'`,
      },
      at: ['packages/policy/src/a.ts'],
    },
  ],
  innocent: [
    {
      name: 'two ways to one file',
      files: {
        'packages/policy/src/a.ts': `import './b.ts'; import './c.ts'`,
        'packages/policy/src/b.ts': `import './c.ts'`,
        'packages/policy/src/c.ts': `export const c = 1`,
      },
    },
  ],
}

/** Depth first; each circle is reported once, at its file that comes first by name. */
function cyclesOf(sources: readonly Source[]): readonly Violation[] {
  const targets = new Map(sources.map((source) => [source.path, targetsOf(source)]))
  const finished = new Set<string>()
  const circles = new Map<string, Violation>()
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) {
      const circle = trail.slice(start)
      const first = [...circle].toSorted()[0] ?? path
      circles.set(circle.toSorted().join(), {
        path: first,
        line: 1,
        found: `imports itself: ${[...circle, path].join(' -> ')}`,
      })
      return
    }
    if (finished.has(path)) return
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path])
    finished.add(path)
  }
  for (const path of targets.keys()) visit(path, [])
  return [...circles.values()]
}

function targetsOf(source: Source): readonly string[] {
  const targets = source.edges.map((edge) => fileOf(source.path, edge))
  return [...new Set(targets.filter((target) => target !== undefined))]
}
