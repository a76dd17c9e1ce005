import { isProduct } from '../place-of.ts'
import { plant } from '../plant.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

/** Changing an object that belongs to somebody else: a prototype, or a property behind its class. */
const patching =
  /^(prototype|setPrototypeOf|defineProperty|defineProperties|__defineGetter__|__defineSetter__|__lookupGetter__)$/
const entry = /^packages\/[a-z-]+\/src\/index\.ts$/

/** The other walls believe what types and names say, so nothing may switch the types off or change what a name means. */
export const noEscapes: Wall = {
  name: 'no any, no !, no enum, no namespace, no ambient module, no default export, no patched prototype; export * in entries only',
  check: (sources) => sources.filter(({ path }) => isProduct(path)).flatMap(checkOne),
  planted: [
    planted('any', `const x: any = read()`),
    planted('any, in a list', `const f = (x: readonly any[]) => x`),
    planted('a wish that it is there', `const y = find(x)!.id`),
    planted('an enum', `enum State { On }`),
    planted('an enum that vanishes', `export const enum State { On }`),
    planted('a namespace', `export namespace State { export const on = 1 }`),
    planted('a module that is opened again', `declare module '../kernel/cleared.ts' { export type Cleared = string }`),
    planted('a global that is declared', `declare global { var tenant: string }\nexport {}`),
    planted('a parameter property', `class A { constructor(private readonly x: string) {} }`),
    planted('a name chosen by the importer', `export default { fetch: 1 }`),
    planted('a patched built-in', `String.prototype.trim = () => ''`),
    planted('a patched secret', `Object.defineProperty(Secret.prototype, 'toJSON', { value: f })`),
    planted('a patched object', `const { defineProperty } = Object; defineProperty(logger, 'info', { value: f })`),
    planted('another prototype', `Object['setPrototypeOf'](x, y)`),
    planted('everything, passed on', `export * from './health.ts'`),
    plant('any in the browser', 'packages/widget/src/talk.ts', `const x: any = 1`),
  ],
  innocent: [
    {
      name: 'unknown, a negation, unions, an entry, a class with fields, a test',
      files: {
        'packages/server/src/http/app.ts': `const x: unknown = !read(); type State = 'on' | 'off'; class A { readonly x = 1 } declare const b: unique symbol; Object.freeze(x)`,
        'packages/contract/src/index.ts': `export * from './ids.ts'`,
        'packages/server/src/http/app.test.ts': `const x: any = 1; x!.y`,
        'vitest.config.ts': `export default {}`,
      },
    },
  ],
}

function planted(name: string, text: string) {
  return plant(name, 'http/app.ts', text)
}

function checkOne({ path, escapes, members, edges }: Source): readonly Violation[] {
  const passedOn = edges.filter(({ form, names }) => form === 're-export' && names.includes('*') && !entry.test(path))
  return [
    ...escapes.map(({ value, line }) => ({ path, line, found: `has "${value}"` })),
    ...members
      .filter(({ name, form }) => form !== 'text' && patching.test(name))
      .map(({ name, line }) => ({ path, line, found: `uses ${name}, which changes what others rely on` })),
    ...passedOn.map(({ line }) => ({ path, line, found: 'passes everything on; name it' })),
  ]
}
