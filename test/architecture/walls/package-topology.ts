import { type Area, isHarness, isTest, placeOf } from '../place-of.ts'
import { resolveEdge } from '../resolve-edge.ts'
import type { Edge, Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

/** What a package may import besides its own files. `undefined` leaves the choice to its package.json. */
const mayImport: Partial<
  Record<
    Area,
    {
      readonly workspace: readonly string[]
      readonly packages: readonly string[] | undefined
      readonly builtins: boolean
    }
  >
> = {
  contract: { workspace: [], packages: ['zod'], builtins: false },
  policy: { workspace: ['contract'], packages: ['re2js', 'yaml', 'zod'], builtins: false },
  server: { workspace: ['contract', 'policy'], packages: undefined, builtins: true },
  widget: { workspace: ['contract'], packages: undefined, builtins: false },
}

/** Which package may know which, always through its entry. */
export const packageTopology: Wall = {
  name: 'contract imports zod only, policy and widget nothing of Node, nobody reaches into a package',
  check: (sources) => sources.flatMap(checkOne),
  planted: [
    {
      name: 'the contract imports Node',
      files: { 'packages/contract/src/ids.ts': `import { randomUUID } from 'crypto'` },
      at: ['packages/contract/src/ids.ts'],
    },
    {
      name: 'the contract imports another package',
      files: { 'packages/contract/src/ids.ts': `import { Hono } from 'hono'` },
      at: ['packages/contract/src/ids.ts'],
    },
    {
      name: 'the policy engine imports Node, loaded at run time',
      files: { 'packages/policy/src/decide.ts': `const fs = process.getBuiltinModule('node:fs')` },
      at: ['packages/policy/src/decide.ts'],
    },
    {
      name: 'the widget imports the server',
      files: { 'packages/widget/src/talk.ts': `import type { App } from '@hyponema/server'` },
      at: ['packages/widget/src/talk.ts'],
    },
    {
      name: 'a relative path that leaves the package',
      files: { 'packages/server/src/http/app.ts': `import { x } from '../../../policy/src/decide.ts'` },
      at: ['packages/server/src/http/app.ts'],
    },
    {
      name: 'an import past the entry of a package',
      files: { 'packages/server/src/http/app.ts': `import { x } from '@hyponema/contract/src/ids.ts'` },
      at: ['packages/server/src/http/app.ts'],
    },
    {
      name: 'the policy engine imports the server',
      files: { 'packages/policy/src/decide.ts': `import { x } from '@hyponema/server'` },
      at: ['packages/policy/src/decide.ts'],
    },
    {
      name: 'product code that imports a development tool',
      files: { 'packages/server/src/http/app.ts': `import fc from 'fast-check'` },
      at: ['packages/server/src/http/app.ts'],
    },
    {
      name: 'an import whose target nobody can read',
      files: { 'packages/server/src/http/app.ts': `await import(process.argv[2] ?? '')` },
      at: ['packages/server/src/http/app.ts'],
    },
  ],
  innocent: [
    {
      name: 'what each package may have, and tests with their tools',
      files: {
        'packages/contract/src/ids.ts': `import { z } from 'zod'; import type { Brand } from './brand.ts'`,
        'packages/policy/src/decide.ts': `import { x } from '@hyponema/contract'; import { RE2JS } from 're2js'`,
        'packages/policy/src/decide.test.ts': `import { readFileSync } from 'node:fs'; import fc from 'fast-check'`,
        'packages/server/src/http/app.ts': `import { Hono } from 'hono'; import { x } from '@hyponema/policy'`,
        'bench/policy.ts': `import { x } from '@hyponema/policy'; import { y } from '../packages/server/src/main.ts'`,
      },
    },
  ],
}

const developmentOnly = /^(vitest|fast-check|playwright-core|esbuild|knip|oxlint|oxc-parser|@biomejs\/|@copilotkit\/)/

function checkOne(source: Source): readonly Violation[] {
  const place = placeOf(source.path)
  const allowed = mayImport[place.area]
  if (allowed === undefined) return []
  return source.edges.flatMap((edge) => {
    const wrong = whatIsWrong(source.path, edge, place.area, place.forTests)
    return wrong === undefined ? [] : [{ path: source.path, line: edge.line, found: wrong }]
  })
}

function whatIsWrong(path: string, edge: Edge, area: Area, forTests: boolean): string | undefined {
  const target = resolveEdge(path, edge)
  const allowed = mayImport[area]
  switch (target.kind) {
    case 'unreadable':
      return forTests ? undefined : 'loads a module whose name is computed, so no wall can judge it'
    case 'file':
      return leavesPackage(path, target.path) ? `reaches out of its package to ${target.path}` : undefined
    case 'workspace':
      if (target.subpath !== '') return `imports ${edge.specifier ?? ''} past the entry of the package`
      return allowed?.workspace.includes(target.name) === true ? undefined : `${area} may not import ${target.name}`
    case 'builtin':
      return allowed?.builtins === true || forTests ? undefined : `${area} may not import ${target.name}`
    case 'package':
      if (forTests) return undefined
      if (developmentOnly.test(target.name)) return `${target.name} is a development dependency`
      if (allowed?.packages === undefined || allowed.packages.includes(target.name)) return undefined
      return `${area} may not import ${target.name}`
  }
}

function leavesPackage(path: string, target: string): boolean {
  const home = path.split('/').slice(0, 3).join('/')
  return !target.startsWith(`${home}/`) && !(isTest(path) && isHarness(target))
}
