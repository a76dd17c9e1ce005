import { placeOf } from '../place-of.ts'
import type { Reference, Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

/** What a browser, or a pure function, does not have. `TextEncoder`, `URL` and `Intl` are plain computation. */
const node = /^(process|Buffer|require|module|__dirname|__filename|setImmediate|clearImmediate)(\.|$)/
const world =
  /^(fetch|WebSocket|EventSource|XMLHttpRequest|navigator|document|localStorage|sessionStorage|indexedDB|console|globalThis)(\.|$)/
const clock = /^(Date\.now|performance|Temporal\.Now|setTimeout|setInterval|queueMicrotask|requestAnimationFrame)(\.|$)/
const chance = /^(Math\.random|crypto)(\.|$)/

/** The decision engine: same input, same bytes out. Time, counters and chance come in as facts. */
export const purePolicy: Wall = {
  name: 'policy has no I/O, no clock, no randomness; contract has none either and runs in a browser',
  check: (sources) => sources.flatMap(checkOne),
  planted: [
    planted('reads the clock', `const now = Date.now()`),
    planted('makes a date of now', `const now = new Date()`),
    planted('asks the date as a function', `const now = Date()`),
    planted('measures itself', `const t = globalThis.performance.now()`),
    planted('rolls dice', `const { random } = Math; random()`),
    planted('makes ids', `crypto.randomUUID()`),
    planted('reaches the world', `const get = (0, fetch); get('x')`),
    planted('logs', `console.log('hit')`),
    planted('hands the global object on', `const g = globalThis; g`),
    planted('reads the environment', `const { env } = process`),
    {
      name: 'the contract needs Node',
      files: { 'packages/contract/src/ids.ts': `Buffer.from('x')` },
      at: ['packages/contract/src/ids.ts'],
    },
  ],
  innocent: [
    {
      name: 'a date that is a fact, a parameter called fetch, a property called now, a test with a clock',
      files: {
        'packages/policy/src/decide.ts': `export const f = (facts, fetch) => [new Date(facts.now), fetch(), facts.Date.now]`,
        'packages/policy/src/decide.test.ts': `const t = performance.now()`,
      },
    },
  ],
}

function planted(name: string, text: string) {
  return {
    name: `the engine ${name}`,
    files: { 'packages/policy/src/decide.ts': text },
    at: ['packages/policy/src/decide.ts'],
  }
}

function checkOne(source: Source): readonly Violation[] {
  const { area, forTests } = placeOf(source.path)
  if (forTests || (area !== 'policy' && area !== 'contract')) return []
  return source.references.filter(isImpure).map((reference) => ({
    path: source.path,
    line: reference.line,
    found: `uses ${reference.path}; take it as a fact instead`,
  }))
}

function isImpure(reference: Reference): boolean {
  const { path, use, argumentCount } = reference
  if (path === 'Date') return use !== 'new' || argumentCount === 0
  return [node, world, clock, chance].some((pattern) => pattern.test(path)) || path === 'Math.*' || path === 'Date.*'
}
