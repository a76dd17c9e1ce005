import { plant } from '../plant.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

const suppression = /^\s*(?:oxlint|eslint|biome)-(?:disable|ignore)/
const oneLine = /^\s*oxlint-disable-(?:next-)?line\s+[a-z@][\w@/-]*(?:\s*,\s*[a-z@][\w@/-]*)*\s+--\s+\S.{9,}/
const compilerOff = /^[\s/*]*@ts-(?:ignore|nocheck|expect-error|check)\b/m
/** Loads a declaration that no import names. */
const reference = /^\/\s*<(?:reference|amd-)/
const promise = /\b(?:TODO|FIXME|XXX|HACK)\b/

/** A rule that is switched off says for which line, which rule, and why. */
export const suppressedRules: Wall = {
  name: 'a suppressed rule names itself and its reason on the line; no compiler rule is off; no TODO',
  check: (sources) => sources.flatMap(checkOne),
  planted: [
    planted('without a reason', `// oxlint-disable-next-line no-console\nconsole.log(1)`),
    planted('without a rule', `// oxlint-disable-next-line -- because it is so\nconsole.log(1)`),
    planted('for a whole file', `/* oxlint-disable no-console -- prints a lot of things */`),
    planted('for another linter', `// eslint-disable-next-line no-console -- prints the ready line`),
    planted('of the compiler', `// @ts-expect-error the types are wrong\nf()`),
    planted('of the compiler, in a block', `/* @ts-ignore */ f()`),
    planted('of the compiler, in a docstring', `/**\n * Is right here.\n * @ts-ignore\n */\nf()`),
    planted('of the compiler, for a whole file', `// @ts-nocheck`),
    planted('of the coverage of declarations', `/// <reference path="./claims.d.ts" />`),
    planted('by a promise', `// TODO: check the address\nf()`),
  ],
  innocent: [
    {
      name: 'a reason on the line, and text that only speaks of it',
      files: {
        'packages/server/src/main.ts': `// oxlint-disable-next-line no-console -- the ready line is the interface of this command\nconsole.log('// TODO')\n// The rule @ts-ignore is not for us.`,
      },
    },
  ],
}

function planted(name: string, text: string) {
  return plant(name, 'http/app.ts', text)
}

function checkOne(source: Source): readonly Violation[] {
  return source.comments.flatMap(({ value, line }) => {
    const found = whatIsWrong(value)
    return found === undefined ? [] : [{ path: source.path, line, found }]
  })
}

function whatIsWrong(comment: string): string | undefined {
  if (compilerOff.test(comment)) return 'switches the compiler off'
  if (suppression.test(comment) && !oneLine.test(comment)) {
    return 'suppresses a rule; write "oxlint-disable-next-line <rule> -- <why it is right here>"'
  }
  if (reference.test(comment)) return 'loads a declaration that no import names'
  // This wall has to spell the words that it looks for.
  if (promise.test(comment)) return 'promises work for later; do it, or open an issue'
  return undefined
}
