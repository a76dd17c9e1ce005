import type { Planted, Wall } from '../wall.ts'

const messages = 'packages/server/src/http/messages.ts'
const kernel = `import type { Cleared } from '../kernel/cleared.ts';`

/** Files that make a branded value where none may be made, and those that only hold one. */
export const brandMakerSamples: Pick<Wall, 'planted' | 'innocent'> = {
  planted: [
    planted('a cast', `${kernel} x as Cleared`),
    planted('a cast in angle brackets', `${kernel} <Cleared>x`),
    planted('a cast over unknown', `${kernel} x as unknown as Cleared`),
    planted('a cast of a list', `${kernel} x as readonly Cleared[]`),
    planted('a cast to never', `say(x as never)`),
    planted('a cast of a whole, with one inside', `${kernel} ({ t }) as { t: Cleared }`),
    planted('a renamed import', `import type { Cleared as C } from '../kernel/cleared.ts'; x as C`),
    planted('an alias', `${kernel} type C = Cleared; x as C`),
    planted('a field of a type', `import type { Said } from '../kernel/said.ts'; x as Said['text']`),
    planted(
      'a namespace',
      `import type * as k from '../kernel/cleared.ts'; const f = (x: string): x is k.Cleared => true`,
    ),
    planted('a type of a module', `const f = (x: string): x is import('../kernel/cleared.ts').Cleared => true`),
    planted('a predicate that proves nothing', `${kernel} const f = (x: string): x is Cleared => true`),
    planted('a predicate of an alias', `${kernel} type C = Cleared; const f = (x: string): x is C => true`),
    planted(
      'a predicate of a renamed re-export',
      `import type { Out } from '../kernel/doors.ts'; const f = (x: string): x is Out => true`,
    ),
    planted(
      'a predicate of a passed-on re-export',
      `import type { Out } from '../kernel/all-doors.ts'; const f = (x: string): x is Out => true`,
    ),
    planted(
      'a predicate of a whole, with one inside',
      `import type { Said } from '../kernel/said.ts'; const f = (x: object): x is Said => true`,
    ),
    planted(
      'a predicate of an interface that extends',
      `import type { Said } from '../kernel/said.ts'; interface Mine extends Said {} const f = (x: object): x is Mine => true`,
    ),
    planted('an assertion', `${kernel} function f(x: string): asserts x is Cleared {}`),
    planted('a claim with satisfies', `${kernel} JSON.parse(x) satisfies Cleared`),
    planted('a generic cast', `${kernel} cast<Cleared>(x)`),
    planted('the maker of a generic cast', `const cast = <T>(x: unknown): T => x as T`),
    planted('a schema that believes', `import { z } from 'zod'; z.custom(() => true)`),
    planted('a schema of anything', `import * as zod from 'zod'; zod.z.any()`),
    planted('an annotation on any', `${kernel} const x: Cleared = JSON.parse(y)`),
    planted('an annotation on an awaited any', `${kernel} const x: Cleared = await response.json()`),
    planted('a function that returns any', `${kernel} const f = (y: string): Cleared => JSON.parse(y)`),
    planted('a body that returns any', `${kernel} function f(y: string): Cleared { return JSON.parse(y) }`),
    planted('a field of any', `${kernel} class A { x: Cleared = JSON.parse(y) }`),
    planted('reflection', `say(Reflect.get({ x }, 'x'))`),
    planted('an overload', `${kernel} function f(x: string): Cleared; function f(x: string) { return x }`),
    planted('an overload of a method', `${kernel} class A { f(x: string): Cleared; f(x: string) { return x } }`),
    planted('an ambient function', `${kernel} declare function f(x: string): Cleared`),
    planted('an ambient value', `${kernel} declare const x: Cleared`),
    planted('a field that is there by promise', `${kernel} class A { declare x: Cleared }`),
    planted('a variable that is there by promise', `${kernel} let x!: Cleared`),
    planted('a field that is any', `${kernel} const x: { t: Cleared } = { t: JSON.parse(y) }`),
    planted('a list of any', `${kernel} const x: readonly Cleared[] = Array(3).fill(y)`),
    planted('a default that is any', `${kernel} const f = (x: Cleared = JSON.parse(y)) => x`),
    planted('a typed function that returns any', `${kernel} const f: (y: string) => Cleared = (y) => JSON.parse(y)`),
    planted(
      'a promise of any, after a question',
      `${kernel} async function f(y: string): Promise<Cleared> { if (y) { return JSON.parse(y) } throw y }`,
    ),
    planted('a predicate of whatever is wished', `function is<T>(x: unknown): x is T { return true }`),
    planted('an assertion of whatever is wished', `function is<T>(x: unknown): asserts x is T {}`),
    planted('a predicate of a parameter', `const f = (x: string): x is Parameters<typeof say>[0] => true`),
    planted('an overload of whatever is wished', `function f<T>(x: unknown): T; function f(x: unknown) { return x }`),
    planted('an ambient function of whatever is wished', `declare function f<T>(x: unknown): T`),
    planted('another brand', `import type { WorkspaceScope } from '../kernel/workspace-scope.ts'; x as WorkspaceScope`),
    planted(
      'another brand of another package',
      `import type { Uuid } from '@hyponema/contract'; const f = (x: string): x is Uuid => true`,
    ),
    planted(
      'a brand by a name that is no literal',
      `import type { Brand as B } from '@hyponema/contract'; type Mine<N extends string> = B<string, N>`,
    ),
    {
      name: 'the maker of one brand, who makes another beside it',
      files: {
        ...declarations(),
        'packages/server/src/conversation/policy-gate.ts': `${kernel} import type { WorkspaceScope } from '../kernel/workspace-scope.ts'; x as { c: Cleared; s: WorkspaceScope }`,
      },
      at: ['packages/server/src/conversation/policy-gate.ts'],
    },
    {
      name: 'the same brand, declared a second time under another name',
      files: {
        ...declarations(),
        [messages]: `import type { Brand as B } from '@hyponema/contract'; type Mine = B<string, 'Cleared'>`,
      },
      at: ['packages/server/src/kernel/cleared.ts', messages],
    },
    {
      name: 'the file that declares Cleared makes it, too far left',
      files: {
        'packages/server/src/kernel/cleared.ts': `export type Cleared = Brand<string, 'Cleared'>; x as Cleared`,
      },
      at: ['packages/server/src/kernel/cleared.ts'],
    },
  ],
  innocent: [
    {
      name: 'each at home, const, a use as a type, a proof of something else, a renamed import, a test',
      files: {
        ...declarations(),
        'packages/server/src/kernel/workspace-scope.ts': `export type WorkspaceScope = Brand<object, 'WorkspaceScope'>; x as WorkspaceScope`,
        'packages/server/src/conversation/policy-gate.ts': `${kernel} x as Cleared; type Whole = Brand<Cleared, 'Whole'>; x as Whole`,
        'packages/server/src/conversation/pipeline/turn.ts': `import type { Cleared as C } from '../../kernel/cleared.ts'; const say = (text: C) => [text] as const; const all = new Map<string, C>(); const x: C = gate.push(y); const z: { c: C } = { c: read(JSON.parse(y)) }`,
        'packages/server/src/http/app.ts': `const f = (x: string): x is 'a' | 'b' => x < 'c'; const y: unknown = JSON.parse(x); schema.parse(y) satisfies object; f<string>(x)`,
        'packages/server/src/http/overloads.ts': `function f(x: string): string; function f(x: number): number; function f(x: string | number) { return x }`,
        'packages/server/src/http/app.test.ts': `${kernel} x as Cleared`,
      },
    },
  ],
}

function declarations(): Readonly<Record<string, string>> {
  return {
    'packages/contract/src/index.ts': `export * from './ids.ts'`,
    'packages/contract/src/ids.ts': `export type Uuid = Brand<string, 'Uuid'>`,
    'packages/server/src/kernel/cleared.ts': `export type Cleared = Brand<string, 'Cleared'>`,
    'packages/server/src/kernel/said.ts': `${kernel} export type Said = { readonly text: Cleared; readonly again: Said }`,
    'packages/server/src/kernel/doors.ts': `import type { Cleared as Inner } from './cleared.ts'; export type { Inner as Out }`,
    'packages/server/src/kernel/all-doors.ts': `export * from './doors.ts'; export * from './all-doors.ts'`,
    'packages/server/src/kernel/workspace-scope.ts': `export type WorkspaceScope = Brand<object, 'WorkspaceScope'>`,
  }
}

function planted(name: string, text: string): Planted {
  return { name, files: { ...declarations(), [messages]: text }, at: [messages] }
}
