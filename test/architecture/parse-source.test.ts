import { describe, expect, it } from 'vitest'
import { parseSource } from './parse-source.ts'
import { resolveEdge } from './resolve-edge.ts'
import { takenFrom } from './taken-from.ts'

const parse = (text: string) => parseSource({ path: 'packages/server/src/a.ts', text })
const referencesOf = (text: string) => parse(text).references.map((reference) => reference.path)

describe('module edges', () => {
  it.each([
    ['a plain import', `import x, { a as b } from 'm'`, 'import', ['default', 'a'], false],
    ['an import for its effect', `import 'm'`, 'import', [], false],
    ['an import of types', `import type { A } from 'm'`, 'import', ['A'], true],
    ['an import whose names are all types', `import { type A, type B } from 'm'`, 'import', ['A', 'B'], true],
    ['a namespace', `import * as m from 'm'`, 'import', ['*'], false],
    ['a re-export by name', `export { a as b } from 'm'`, 're-export', ['a'], false],
    ['a re-export of all', `export * as m from 'm'`, 're-export', ['*'], false],
    ['a dynamic import', `await import('m')`, 'dynamic', ['*'], false],
    ['a dynamic import in a template', 'await import(`m`)', 'dynamic', ['*'], false],
    ['require', `require('m')`, 'require', ['*'], false],
    ['a require that was made', `const r = createRequire(import.meta.url); r('m')`, 'require', ['*'], false],
    ['a require that was made and called', `createRequire(import.meta.url)('m')`, 'require', ['*'], false],
    ['module.require', `module.require('m')`, 'require', ['*'], false],
    ['a built-in by name', `process.getBuiltinModule('m')`, 'builtin', ['*'], false],
    ['a built-in by name, hidden', `globalThis.process['getBuiltinModule']('m')`, 'builtin', ['*'], false],
    ['a worker', `new Worker('m')`, 'worker', ['*'], false],
    ['the type of a module', `type A = import('m').A`, 'type', ['A'], true],
  ])('sees %s', (_, text, form, names, typeOnly) => {
    expect(parse(text).edges).toEqual([{ form, specifier: 'm', names, typeOnly, line: 1 }])
  })

  it('sees a worker that has one name as a source and one when it was compiled, of the same file only', () => {
    const named = (compiled: string) =>
      parse(`new Worker(new URL(isSource ? './w.ts' : '${compiled}', import.meta.url))`).edges[0]?.specifier
    expect([named('./w.js'), named('./other.js'), named('data:text/javascript,1')]).toEqual([
      './w.ts',
      undefined,
      undefined,
    ])
  })

  it('sees a worker that is named by a URL', () => {
    expect(parse(`new Worker(new URL('./w.ts', import.meta.url))`).edges[0]?.specifier).toBe('./w.ts')
  })

  it.each([
    ['handed on', `load(createRequire(import.meta.url))`],
    ['taken under another name', `import { createRequire as make } from 'node:module'`],
    ['given a second name', `const r = createRequire(import.meta.url); const q = r; q('m')`],
    ['lent', `const r = createRequire(import.meta.url); load({ r })`],
    ['taken apart', `const { ...all } = createRequire(import.meta.url)`],
  ])('says that a loader which is %s cannot be read', (_, text) => {
    expect(parse(text).edges.some((edge) => edge.specifier === undefined)).toBe(true)
  })

  it.each([
    [
      'named, asked for a path, with a member of its name elsewhere',
      `const r = createRequire(import.meta.url); r.resolve('m'); x.r`,
    ],
    ['asked for a path', `createRequire(import.meta.url).resolve('m')`],
    ['asked for paths by name', `const { resolve } = createRequire(import.meta.url); resolve('m')`],
  ])('lets pass a loader that is only %s', (_, text) => {
    expect(parse(text).edges).toEqual([])
  })

  it('says that a computed target cannot be read', () => {
    const [edge] = parse('await import(`./${name}.ts`)').edges
    expect(edge?.specifier).toBeUndefined()
    expect(resolveEdge('a.ts', { specifier: undefined })).toEqual({ kind: 'unreadable' })
  })

  it.each(['data:text/javascript,fetch(1)', 'file:///x.ts', 'https://example.org/x.js', '/x.ts', '#inside'])(
    'says that %s cannot be judged',
    (specifier) => {
      expect(resolveEdge('a.ts', { specifier })).toEqual({ kind: 'unreadable' })
    },
  )

  it('takes the bare and the node: spelling of a built-in as one', () => {
    expect(resolveEdge('a.ts', { specifier: 'dns/promises' })).toEqual(
      resolveEdge('a.ts', { specifier: 'node:dns/promises' }),
    )
  })

  it('refuses a file that does not parse instead of reading nothing', () => {
    expect(() => parse('import { from')).toThrow(SyntaxError)
  })
})

describe('uses of globals', () => {
  it.each([
    ['a call', 'fetch(1)', ['fetch']],
    ['a chain', 'process.env.HOME', ['process.env.HOME']],
    ['optional chaining', `process?.env?.['HOME']`, ['process.env.HOME']],
    ['the global object', `globalThis['fetch'](1)`, ['fetch']],
    ['the global object twice', 'globalThis.globalThis.fetch', ['fetch']],
    ['the global object itself', 'send(globalThis)', ['send', 'globalThis']],
    ['a computed property', 'process[name]', ['name', 'process.*']],
    ['destructuring', 'const { env: { HOME } } = process', ['process.env']],
    ['destructuring of the rest', 'const { ...all } = process', ['process.*']],
    ['destructuring by assignment', 'let env; ({ env } = process)', ['process.env']],
    ['a cast on the way', '(process as unknown as Mine).env', ['process.env']],
    ['a sequence', '(0, fetch)(1)', ['fetch']],
    ['a shorthand property', 'f({ fetch })', ['f', 'fetch']],
    ['a default of a parameter', 'function f(g = fetch) {}', ['fetch']],
    ['an export', 'export { fetch }', ['fetch']],
    ['a class field', 'class A { get = fetch }', ['fetch']],
    ['a decorator', 'class A { @fetch get = 1 }', ['fetch']],
    ['a condition', '(a ? fetch : 1)(1)', ['a', 'fetch']],
    ['a name with an escape', '\\u0066etch(1)', ['fetch']],
    ['a property that is a sum of texts', `globalThis['fe' + 'tch'](1)`, ['fetch']],
    ['a property that is a template with texts', 'globalThis[`fe${"tch"}`](1)', ['fetch']],
    ['the imported process', `import p from 'node:process'; p.env.HOME`, ['process.env.HOME']],
    ['a part of the imported process', `import { env as e } from 'process'; e.HOME`, ['process.env.HOME']],
    ['a tagged template', 'String.raw`${fetch}`', ['String.raw', 'fetch']],
  ])('sees %s', (_, text, paths) => {
    expect(referencesOf(text)).toEqual(paths)
  })

  it.each([
    ['a parameter', 'function f(fetch) { fetch() }'],
    ['a destructured parameter', 'const f = ({ fetch }) => fetch()'],
    ['a constant that is declared later', '{ fetch(); function fetch() {} }'],
    ['a loop variable', 'for (const fetch of []) fetch()'],
    ['a caught error', 'try {} catch (fetch) { fetch }'],
    ['a property of something else', '(() => ({}))().fetch'],
    ['a method called the same', 'class A { fetch() {} }'],
    ['a key', '({ fetch: 1 })'],
    ['a type', 'type A = typeof fetch'],
    ['a label', 'fetch: for (;;) break fetch'],
  ])('is not deceived by %s', (_, text) => {
    expect(referencesOf(text)).not.toContain('fetch')
  })

  it('sees the global beside a parameter of the same name', () => {
    expect(referencesOf('const f = (fetch) => fetch; fetch()')).toEqual(['fetch'])
  })

  it('is not deceived by a declaration that only describes the global', () => {
    expect(referencesOf('declare const fetch: () => void; fetch()')).toEqual(['fetch'])
  })

  it('knows a date of now from a date of a fact', () => {
    expect(parse('new Date(); new Date(1)').references.map((one) => one.argumentCount)).toEqual([0, 1])
  })
})

describe('what is taken from a module', () => {
  it.each([
    ['a named import', `import { a } from 'node:crypto'`, ['a']],
    ['a renamed import', `import { a as b } from 'crypto'`, ['a']],
    ['a namespace', `import * as c from 'node:crypto'; c.a(); c['b']()`, ['a', 'b']],
    ['a default import', `import c from 'node:crypto'; c.a.b()`, ['a']],
    ['a namespace that is handed on', `import * as c from 'node:crypto'; f(c)`, ['*']],
    ['a namespace that is destructured', `import * as c from 'node:crypto'; const { a } = c`, ['a']],
    ['a dynamic import', `await import('node:crypto')`, ['*']],
    ['a re-export', `export * from 'node:crypto'`, ['*']],
    ['a namespace that nobody uses', `import * as c from 'node:crypto'`, []],
    ['a namespace in the shadow of a parameter', `import * as c from 'node:crypto'; (c) => c.a`, []],
  ])('sees %s', (_, text, names) => {
    expect(takenFrom(parse(text), 'node:crypto').map((taken) => taken.name)).toEqual(names)
  })
})

describe('claims', () => {
  it.each([
    ['a cast', 'x as Cleared', 'Cleared'],
    ['a double cast', 'x as unknown as Cleared', 'Cleared'],
    ['a cast in angle brackets', '<Cleared>x', 'Cleared'],
    ['a list', 'x as readonly Cleared[]', 'Cleared'],
    ['a predicate', 'function f(x): x is Cleared { return true }', 'Cleared'],
    ['an assertion', 'function f(x): asserts x is Cleared {}', 'Cleared'],
  ])('sees %s', (_, text, name) => {
    expect(parse(text).claims.flatMap((claim) => claim.mentions)).toContain(name)
  })
})
