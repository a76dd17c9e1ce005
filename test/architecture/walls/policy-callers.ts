import { handsOn } from '../hands-on.ts'
import { placeOf } from '../place-of.ts'
import { plant } from '../plant.ts'
import type { Source } from '../source.ts'
import { takenFrom } from '../taken-from.ts'
import type { Violation, Wall } from '../wall.ts'

const gate = 'packages/server/src/conversation/policy-gate.ts'
/** Decides what a policy that is only tried would do; no text comes out of it. */
const shadow = 'packages/server/src/conversation/shadow-gate.ts'
const engine = '@hyponema/policy'
const policies = 'packages/server/src/features/policies/'
/** Takes decisions that were taken before again, to compare them; what it finds is said to nobody. */
const taker = `${policies}replay-decision.ts`
/** Takes out what no reader sees, before the gate judges the rest: that decides nothing. */
const scrubber = 'packages/server/src/conversation/pipeline/read-piece.ts'

/** What clients are told of a decision; it reads them. */
const names = 'packages/server/src/conversation/guard-mark.ts'

/** The same for the value of a variable, which is a line and no document. */
const valueCleaner = 'packages/server/src/conversation/value-as-data.ts'

/** Watches make facts of what happened, and features keep what rules count: they may reckon and read, and never decide. */
const keepers = /^packages\/server\/src\/(conversation\/safety|features\/(contact|escalations|topic-cooldowns))\//
/** The contact stage is asked by whoever wants to contact somebody; no text comes out of it. */
const contactStage = 'packages/server/src/features/contact/check-contact.ts'

/** A second caller of the engine is a second exit for what the agent says. */
export const policyCallers: Wall = {
  name: 'the policy engine decides only in conversation/policy-gate.ts and its shadow; features/policies compiles, runs own tests and takes decisions again',
  check: (sources) => sources.flatMap(checkOne),
  planted: [
    plant('a tool that decides', 'conversation/tools/run-tool.ts', `import { decide } from '@hyponema/policy'`),
    plant('a gate of its own', 'http/messages.ts', `import { createOutputGate } from '@hyponema/policy'`),
    plant('the whole engine', 'http/messages.ts', `import * as policy from '@hyponema/policy'; policy.decide()`),
    plant('the engine at run time', 'http/messages.ts', `const { decide } = await import('@hyponema/policy')`),
    plant('the engine handed on', 'kernel/engine.ts', `export * from '@hyponema/policy'`),
    plant(
      'a feature that decides',
      'features/policies/publish-version.ts',
      `import { decide } from '@hyponema/policy'`,
    ),
    plant(
      'a feature that compiles beside policies',
      'features/sessions/create-session.ts',
      `import { compilePolicy } from '@hyponema/policy'`,
    ),
    plant(
      'the shadow that lends the engine',
      'conversation/shadow-gate.ts',
      `import { decide } from '@hyponema/policy'; export const lent = { decide }`,
    ),
    plant('the gate as a door', 'conversation/policy-gate.ts', `export { decide } from '@hyponema/policy'`),
    plant('the gate as a door to all', 'conversation/policy-gate.ts', `export * from '@hyponema/policy'`),
    plant(
      'the gate that exports what it imported',
      'conversation/policy-gate.ts',
      `import { decide as d } from '@hyponema/policy'; export { d as judge }`,
    ),
    plant(
      'the gate that lends the engine',
      'conversation/policy-gate.ts',
      `import { createOutputGate } from '@hyponema/policy'; export const makers = { createOutputGate }`,
    ),
    plant(
      'the engine under another name',
      'conversation/pipeline/turn.ts',
      `import { decide as log } from '@hyponema/policy'; log(policy, event)`,
    ),
    plant(
      'the engine by require',
      'conversation/pipeline/turn.ts',
      `const r = createRequire(import.meta.url); r('@hyponema/policy').decide()`,
    ),
    plant(
      'a scrubber that decides',
      'conversation/pipeline/read-piece.ts',
      `import { decide } from '@hyponema/policy'`,
    ),
    plant('a second scrubber', 'conversation/pipeline/run-turn.ts', `import { scrubText } from '@hyponema/policy'`),
    plant(
      'a cleaner of values that decides',
      'conversation/value-as-data.ts',
      `import { decide } from '@hyponema/policy'`,
    ),
    plant('a watch that decides', 'conversation/safety/topic-watch.ts', `import { decide } from '@hyponema/policy'`),
    plant(
      'a gate in the feature of contacts',
      'features/contact/store.ts',
      `import { createOutputGate } from '@hyponema/policy'`,
    ),
    plant(
      'a second place for contact',
      'features/contact/create-attempt.ts',
      `import { mayContact } from '@hyponema/policy'`,
    ),
    plant('the engine in a command', 'commands/seed-demo.ts', `import { decide } from '@hyponema/policy'`),
  ],
  innocent: [
    {
      name: 'the gate, the compile at publication, a type, a bench',
      files: {
        [gate]: `import { createOutputGate, decide, type Policy } from '@hyponema/policy'; export type { Policy }; class G { g = createOutputGate(p); d() { return decide(p) } }`,
        [`${policies}publish-version.ts`]: `import { compilePolicy, runPolicyTests } from '@hyponema/policy'`,
        [taker]: `import { createOutputGate, decide } from '@hyponema/policy'`,
        'packages/server/src/conversation/pipeline/turn.ts': `import type { Decision } from '@hyponema/policy'`,
        [scrubber]: `import { scrubText } from '@hyponema/policy'; scrubText(text)`,
        [valueCleaner]: `import { stripUnseen } from '@hyponema/policy'; stripUnseen(text)`,
        [contactStage]: `import { mayContact } from '@hyponema/policy'; mayContact(question)`,
        'bench/policy.ts': `import { createOutputGate } from '@hyponema/policy'`,
      },
    },
  ],
}

const deciding = /^(decide|mayContact|createOutputGate|\*)$/

function checkOne(source: Source): readonly Violation[] {
  const { area, forTests } = placeOf(source.path)
  if (area !== 'server' || forTests) return []
  if (source.path === gate || source.path === shadow || source.path === taker || source.path === contactStage) {
    return handsOn(source, deciding, (specifier) => specifier === engine).map((line) => ({
      path: source.path,
      line,
      found: 'hands the engine on; the gate decides, and gives out decisions',
    }))
  }
  return takenFrom(source, engine)
    .filter(({ name, typeOnly }) => !typeOnly && !mayTake(source.path, name))
    .map(({ name, line }) => ({ path: source.path, line, found: `takes ${name} of the policy engine; ask ${gate}` }))
}

function mayTake(path: string, name: string): boolean {
  if (deciding.test(name)) return false
  if (path === names) return name === 'builtInRules'
  if (path === valueCleaner) return name === 'stripUnseen'
  if (keepers.test(path)) return true
  return path.startsWith(policies) || (path === scrubber && name === 'scrubText')
}
