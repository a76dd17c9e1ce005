import { placeOf } from '../place-of.ts'
import type { Source } from '../source.ts'
import { takenFrom } from '../taken-from.ts'
import type { Violation, Wall } from '../wall.ts'

const gate = 'packages/server/src/conversation/policy-gate.ts'
const agents = 'packages/server/src/features/agents/'

/** A second caller of the engine is a second exit for what the agent says. */
export const policyCallers: Wall = {
  name: 'the policy engine decides only in conversation/policy-gate.ts; features/agents compiles and runs own tests',
  check: (sources) => sources.flatMap(checkOne),
  planted: [
    planted('a tool that decides', 'conversation/tools/run-tool.ts', `import { decide } from '@hyponema/policy'`),
    planted('a gate of its own', 'http/messages.ts', `import { createOutputGate } from '@hyponema/policy'`),
    planted('the whole engine', 'http/messages.ts', `import * as policy from '@hyponema/policy'; policy.decide()`),
    planted('the engine at run time', 'http/messages.ts', `const { decide } = await import('@hyponema/policy')`),
    planted('the engine handed on', 'kernel/engine.ts', `export * from '@hyponema/policy'`),
    planted(
      'a feature that decides',
      'features/agents/publish-version.ts',
      `import { decide } from '@hyponema/policy'`,
    ),
    planted(
      'a feature that compiles beside agents',
      'features/sessions/create-session.ts',
      `import { compilePolicy } from '@hyponema/policy'`,
    ),
  ],
  innocent: [
    {
      name: 'the gate, the compile at publication, a type, a bench',
      files: {
        [gate]: `import { createOutputGate, decide } from '@hyponema/policy'`,
        [`${agents}publish-version.ts`]: `import { compilePolicy, runPolicyTests } from '@hyponema/policy'`,
        'packages/server/src/conversation/pipeline/turn.ts': `import type { Decision } from '@hyponema/policy'`,
        'bench/policy.ts': `import { createOutputGate } from '@hyponema/policy'`,
      },
    },
  ],
}

function planted(name: string, path: string, text: string) {
  const full = `packages/server/src/${path}`
  return { name, files: { [full]: text }, at: [full] }
}

const deciding = /^(decide|createOutputGate|\*)$/

function checkOne(source: Source): readonly Violation[] {
  const { area, forTests } = placeOf(source.path)
  if (area !== 'server' || forTests || source.path === gate) return []
  return takenFrom(source, '@hyponema/policy')
    .filter((taken) => !taken.typeOnly && (deciding.test(taken.name) || !source.path.startsWith(agents)))
    .map(({ name, line }) => ({ path: source.path, line, found: `takes ${name} of the policy engine; ask ${gate}` }))
}
