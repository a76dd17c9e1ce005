import { placeOf } from '../place-of.ts'
import { moduleOf } from '../resolve-edge.ts'
import type { Source } from '../source.ts'
import { takenFrom } from '../taken-from.ts'
import type { Violation, Wall } from '../wall.ts'

const makers = /^(eval|Function|process\.(dlopen|binding|_linkedBinding))(\.|$)/

/** Of node:module: what reads paths and names. Its hooks and its loader put other code in the place of ours. */
const readingOnly = /^(createRequire|isBuiltin|builtinModules|enableCompileCache|findPackageJSON)$/

/** No wall can read code that is made while the program runs. */
export const codeFromText: Wall = {
  name: 'no code is made from text (eval, Function, node:vm, native add-ons by path)',
  check: (sources) => sources.flatMap(checkOne),
  planted: [
    planted('eval', `eval('fetch(x)')`),
    planted('an indirect eval', `const run = globalThis.eval; run('x')`),
    planted('a function from text', `new Function('return process')()`),
    planted('a virtual machine', `import { runInThisContext } from 'node:vm'`),
    planted('a native add-on', `process.dlopen(module, path)`),
    planted('a hook of the loader', `import { registerHooks } from 'node:module'`),
    planted('the loader at run time', `const { createRequire } = process.getBuiltinModule('module')`),
  ],
  innocent: [
    {
      name: 'an own function called evaluate, and the type Function in a test',
      files: {
        'packages/policy/src/decide.ts': `export function evaluate() {} evaluate()`,
        'packages/policy/src/decide.test.ts': `eval('1')`,
      },
    },
  ],
}

function planted(name: string, text: string) {
  const path = 'packages/server/src/http/app.ts'
  return { name, files: { [path]: text }, at: [path] }
}

function checkOne(source: Source): readonly Violation[] {
  const { area, forTests } = placeOf(source.path)
  if (forTests || !['contract', 'policy', 'server', 'widget'].includes(area)) return []
  const globals = source.references.filter((reference) => makers.test(reference.path))
  const modules = source.edges.filter((edge) => moduleOf(source.path, edge) === 'node:vm')
  const hooks = takenFrom(source, 'node:module').filter((taken) => !readingOnly.test(taken.name))
  return [...globals, ...modules, ...hooks].map(({ line }) => ({
    path: source.path,
    line,
    found: 'makes code from text',
  }))
}
