import type { ScriptDocument, ScriptRule } from '@hyponema/contract'
import { type Message, matchPattern, type Pattern, readPattern } from './match-pattern.ts'
import { splitWords } from './split-words.ts'

/** A script whose patterns have been read. */
export type ReadScript = readonly { readonly rule: ScriptRule; readonly patterns: readonly Pattern[] }[]

/** What the script wants to do about a message: the rule, and what its pattern picked out (`weekday`, `time`, `rest`). */
export type ScriptMatch = { readonly rule: ScriptRule; readonly values: ReadonlyMap<string, string> }

export function readScript(script: ScriptDocument): ReadScript {
  return script.rules.map((rule) => ({ rule, patterns: rule.when.map(readPattern) }))
}

/** The first rule, in the order of the document, that is for this state and has a pattern that matches. */
export function matchScript(script: ReadScript, state: string, userText: string): ScriptMatch | undefined {
  const message: Message = { text: userText, words: splitWords(userText) }
  for (const { rule, patterns } of script) {
    if (rule.state !== undefined && rule.state !== state) continue
    for (const pattern of patterns) {
      const values = matchPattern(pattern, message)
      if (values !== undefined) return { rule, values }
    }
  }
  return undefined
}
