import { placeOf } from '../place-of.ts'
import type { Reference, Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

/** What a browser, or a pure function, does not have. `TextEncoder` and `URL` are plain computation. */
const node = /^(process|Buffer|require|module|__dirname|__filename|setImmediate|clearImmediate)(\.|$)/
const world =
  /^(fetch|WebSocket|EventSource|XMLHttpRequest|navigator|document|localStorage|sessionStorage|indexedDB|console|globalThis|WebAssembly|Worker|SharedWorker|MessageChannel|BroadcastChannel|importScripts|Deno|Bun)(\.|$)/
const clock =
  /^(Date\.now|performance|Temporal\.Now|setTimeout|setInterval|queueMicrotask|requestAnimationFrame|scheduler|Atomics|SharedArrayBuffer|WeakRef|FinalizationRegistry)(\.|$)/
/** Where the file stands, and its loader. */
const meta = /^import\.meta(\.|$)/
const chance = /^(Math\.random|crypto)(\.|$)/

/** What depends on the machine's language, zone or version of ICU. A segmenter of `und` is computation. */
const locale = /^Intl(?!\.Segmenter$)(\.|$)/
const localeMembers =
  /^(toLocale\w*|localeCompare|getTimezoneOffset|get(Full)?Year|getMonth|getDate|getDay|getHours|getMinutes|set(FullYear|Month|Date|Hours|Minutes))$/

/** Reads a zone by its name to say whether it exists; the zone of the machine does not come into it. */
const zoneReader = 'packages/contract/src/users.ts'

/** A stamp that is compared with itself only: which value it has changes no decision. */
const stamped = 'packages/policy/src/match/thread-list.ts'

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
    planted('formats now', `Intl.DateTimeFormat().format()`),
    planted('formats now, taken apart', `const { DateTimeFormat } = Intl; new DateTimeFormat().format()`),
    planted('asks for the zone of the machine', `new Intl.DateTimeFormat('en').resolvedOptions().timeZone`),
    planted('sorts by the language of the machine', `names.sort((a, b) => a.localeCompare(b))`),
    planted('folds by the language of the machine', `text.toLocaleLowerCase()`),
    planted('prints by the language of the machine', `new Date(facts.now)['toLocaleString']()`),
    planted('reads the hour of the machine', `new Date(facts.now).getHours()`),
    planted('makes a date of nothing', `const now = new Date(...[])`),
    planted('constructs a date by reflection', `Reflect.construct(Date, [])`),
    planted('keeps the clock for later', `const clock = Date.now`),
    planted('takes the clock apart', `const { now } = Date`),
    planted('reads the clock by text', `Date['now']()`),
    planted('asks the new clock', `Temporal.Now.instant()`),
    planted('keeps dice for later', `const dice = Math.random`),
    planted('reads a setting', `const on = process.env.STRICT`),
    planted('waits for the collector', `new FinalizationRegistry(f)`),
    planted('reads where it stands', `import.meta.url`),
    planted('counts its calls', `let calls = 0; export const f = () => (calls += 1)`),
    planted('exports what it changes', `export let last = ''`),
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
        'packages/policy/src/fold.ts': `new Intl.Segmenter('und'); text.toLowerCase(); a < b; new Date(0).getUTCHours(); const today = (now) => now`,
        [zoneReader]: `new Intl.DateTimeFormat('en', { timeZone: name })`,
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
  const { path } = source
  const found = [
    ...source.references.filter((one) => isImpure(one) || (locale.test(one.path) && path !== zoneReader)),
    ...source.members
      .filter(({ name, form }) => form !== 'text' && localeMembers.test(name))
      .map((one) => ({ ...one, path: one.name })),
  ]
  const state = source.moduleState.filter(() => path !== stamped)
  return [...found, ...state.map(({ value, line }) => ({ path: `the variable ${value} of the module`, line }))].map(
    (one) => ({ path, line: one.line, found: `uses ${one.path}; take it as a fact instead` }),
  )
}

function isImpure(reference: Reference): boolean {
  const { path, use, argumentCount } = reference
  if (path === 'Date') return use !== 'new' || argumentCount === 0
  return (
    [node, world, meta, clock, chance].some((pattern) => pattern.test(path)) || path === 'Math.*' || path === 'Date.*'
  )
}
