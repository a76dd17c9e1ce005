import { judgeEdges } from '../judge-edges.ts'
import { type Area, isHarness, isTest, placeOf } from '../place-of.ts'
import { plant } from '../plant.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

/** A new one is a decision: it runs with all rights of the server, so it is read before it stands here. */
const serverPackages = [
  '@ai-sdk/openai-compatible',
  '@ai-sdk/provider',
  '@bufbuild/protobuf',
  '@echogarden/fvad-wasm',
  '@echogarden/speex-resampler-wasm',
  // Bytes only (code-from-text.ts): its entry loads a native add-on.
  '@evan/opus',
  '@hono/node-server',
  '@hono/zod-openapi',
  '@modelcontextprotocol/client',
  'canonicalize',
  'file-type',
  'graphile-worker',
  'hono',
  'ipaddr.js',
  'jose',
  'kysely',
  'lru-cache',
  'mammoth',
  'micromark',
  'micromark-extension-gfm-table',
  'nodemailer',
  'parse5',
  'pg',
  'pg-copy-streams',
  'pino',
  're2js',
  'saxes',
  'undici',
  'unpdf',
  'ws',
  'yauzl',
  'zod',
]

/** What a package may import besides its own files. */
type Allowed = {
  readonly workspace: readonly string[]
  /** What only its tests may have besides. */
  readonly inTests?: readonly string[]
  readonly packages: readonly string[]
  readonly builtins: boolean
}
const mayImport: Partial<Record<Area, Allowed>> = {
  contract: { workspace: [], packages: ['zod'], builtins: false },
  policy: { workspace: ['contract'], packages: ['re2js', 'yaml'], builtins: false },
  // It runs in customers' backends: nothing comes with it. Its types are compared with the contract's in a test.
  sdk: { workspace: [], inTests: ['contract'], packages: [], builtins: true },
  server: { workspace: ['contract', 'policy'], packages: serverPackages, builtins: true },
  widget: {
    workspace: ['contract'],
    packages: ['@bufbuild/protobuf', '@pipecat-ai/client-js', 'eventsource-parser'],
    builtins: false,
  },
}

/** Code stands below src, in packages of which the walls know what they may do. */
const sources = /^packages\/[a-z-]+\/src\//

/** Which package may know which, always through its entry. */
export const packageTopology: Wall = {
  name: 'contract imports zod only, the SDK nothing but Node, policy and widget nothing of Node, the server its listed packages; nobody reaches into a package or into tests',
  check: (all) => all.flatMap(checkOne),
  planted: [
    plant('the contract imports Node', 'packages/contract/src/ids.ts', `import { randomUUID } from 'crypto'`),
    plant('the contract imports another package', 'packages/contract/src/ids.ts', `import { Hono } from 'hono'`),
    plant(
      'the policy engine imports Node, loaded at run time',
      'packages/policy/src/decide.ts',
      `const fs = process.getBuiltinModule('node:fs')`,
    ),
    plant(
      'the widget imports the server',
      'packages/widget/src/talk.ts',
      `import type { App } from '@hyponema/server'`,
    ),
    plant(
      'a relative path that leaves the package',
      'http/app.ts',
      `import { x } from '../../../policy/src/decide.ts'`,
    ),
    plant('an import past the entry of a package', 'http/app.ts', `import { x } from '@hyponema/contract/src/ids.ts'`),
    plant(
      'the policy engine imports the server',
      'packages/policy/src/decide.ts',
      `import { x } from '@hyponema/server'`,
    ),
    plant('product code that imports a development tool', 'http/app.ts', `import fc from 'fast-check'`),
    plant('an import whose target nobody can read', 'http/app.ts', `await import(process.argv[2] ?? '')`),
    plant(
      'product code that imports the harness of the tests',
      'http/app.ts',
      `import { x } from '../test-harness/database.ts'`,
    ),
    plant('product code that imports a test', 'http/app.ts', `import { x } from './app.test.ts'`),
    plant('a re-export through a harness', 'guards/scope.ts', `export { provenScope } from './test-harness/scopes.ts'`),
    plant('the policy engine that imports a test', 'packages/policy/src/index.ts', `export * from './fold.test.ts'`),
    plant(
      'the widget that imports a harness',
      'packages/widget/src/talk.ts',
      `await import('./test-harness/server.ts')`,
    ),
    plant('a file that is no TypeScript', 'http/app.ts', `import { x } from './fast-path.js'`),
    plant('bytes as a module', 'http/app.ts', `import { x } from '../conversation/flite.wasm'`),
    plant('a specifier of text', 'http/app.ts', `await import('data:text/javascript,fetch(1)')`),
    plant('a specifier of a folder', 'http/app.ts', `import { x } from '../guards'`),
    plant('an import by resolution', 'http/app.ts', `await import(import.meta.resolve('pg'))`),
    plant('an import by template', 'http/app.ts', 'await import(`../features/${name}/store.ts`)'),
    plant('a library that nobody decided on', 'http/app.ts', `import got from 'superagent'`),
    plant('a maker of ids from elsewhere', 'http/app.ts', `import { nanoid } from 'nanoid'`),
    plant('a library in the SDK', 'packages/sdk/src/verify.ts', `import { z } from 'zod'`),
    plant('the SDK imports the contract', 'packages/sdk/src/verify.ts', `import type { x } from '@hyponema/contract'`),
    plant('a library in the widget', 'packages/widget/src/talk.ts', `import { parse } from 'marked'`),
    plant('a package that nobody declared', 'packages/analytics/src/index.ts', `export const x = 1`),
    plant('code beside the sources of a package', 'packages/server/lib/kernel/clock.ts', `export const x = 1`),
    plant('a folder that only looks like an area', 'packages/server/src-old/http/app.ts', `export const x = 1`),
  ],
  innocent: [
    {
      name: 'what each package may have, and tests with their tools',
      files: {
        'packages/contract/src/ids.ts': `import { z } from 'zod'; import type { Brand } from './brand.ts'`,
        'packages/policy/src/decide.ts': `import { x } from '@hyponema/contract'; import { RE2JS } from 're2js'`,
        'packages/sdk/src/verify.ts': `import { timingSafeEqual } from 'node:crypto'`,
        'packages/policy/src/decide.test.ts': `import { readFileSync } from 'node:fs'; import fc from 'fast-check'`,
        'packages/server/src/http/app.ts': `import { Hono } from 'hono'; import { x } from '@hyponema/policy'`,
        'bench/policy.ts': `import { x } from '@hyponema/policy'; import { y } from '../packages/server/src/main.ts'`,
      },
    },
  ],
}

function checkOne(source: Source): readonly Violation[] {
  const { area, forTests } = placeOf(source.path)
  const allowed = mayImport[area]
  if (allowed === undefined || !sources.test(source.path)) {
    if (!source.path.startsWith('packages/')) return []
    return [{ path: source.path, line: 1, found: 'stands in no package that the walls know; its code goes below src' }]
  }
  return judgeEdges(source, (target, edge) => {
    if (target.kind === 'unreadable') {
      return forTests ? undefined : 'loads a module whose name is computed, so no wall can judge it'
    }
    if (target.kind === 'file') return wrongFile(source.path, target.path)
    if (target.kind === 'workspace') {
      if (target.subpath !== '') return `imports ${edge.specifier ?? ''} past the entry of the package`
      const known = forTests ? [...allowed.workspace, ...(allowed.inTests ?? [])] : allowed.workspace
      return known.includes(target.name) ? undefined : `${area} may not import ${target.name}`
    }
    return forTests || isAllowed(allowed, target) ? undefined : `${area} may not import ${target.name}`
  })
}

function isAllowed(allowed: Allowed, target: { readonly kind: 'builtin' | 'package'; readonly name: string }): boolean {
  if (target.kind === 'builtin') return allowed.builtins
  return allowed.packages.includes(target.name)
}

function wrongFile(from: string, target: string): string | undefined {
  const { forTests } = placeOf(from)
  if (!forTests && placeOf(target).forTests) return `imports ${target}, which exists for tests only`
  if (!forTests && !target.endsWith('.ts')) return `imports ${target}, which is not TypeScript`
  const home = from.split('/').slice(0, 3).join('/')
  if (target.startsWith(`${home}/`) || (isTest(from) && isHarness(target))) return undefined
  return `reaches out of its package to ${target}`
}
