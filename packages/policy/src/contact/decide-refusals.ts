/**
 * Threat: somebody says that it wants no more calls, and is called again because the model only said that it was sorry.
 * Rule: the words themselves, in all views, put down the wish; what they say of somebody else, ask or deny does not. It holds in every
 * policy, and the caller carries it out before the answer.
 * On failure: the input stage's safe default; a wish that is not recognised here can still be set by an operator or the backend.
 *
 * "Stop" alone is none: in a talk it means that the agent shall stop talking.
 */
import type { Decision } from '@hyponema/contract'
import { builtInRules } from '../compile/built-in-rules.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { allowDecision } from '../decide/rule-decision.ts'
import { sectionDecision } from '../decide/section-decision.ts'
import { createPhraseBook, type PhraseBook } from '../match/phrase-book.ts'
import type { PhraseHit } from '../match/phrase-walker.ts'
import type { RefusalTable } from './refusal-table.ts'
import { refusalsAlone, refusalWords } from './refusal-words.ts'

interface Table {
  readonly words: RefusalTable
  readonly book: PhraseBook
}

const tables: readonly Table[] = refusalWords.map((table) => {
  const words = { ...table, phrases: table.phrases.flatMap(spellings), open: table.open.flatMap(spellings) }
  return { words, book: createPhraseBook([...words.phrases, ...words.open]) }
})

/** Who types fast leaves the apostrophe out, and not every keyboard has an umlaut. */
function spellings(phrase: string): readonly string[] {
  const umlauts = phrase.replaceAll('ä', 'ae').replaceAll('ö', 'oe').replaceAll('ü', 'ue')
  return [...new Set([phrase, phrase.replaceAll("'", ''), umlauts])]
}

/** Whether the user says that it does not want to be contacted any more. */
export function decideRefusals(policy: CompiledPolicy, text: string, mode: Decision['mode']): Decision {
  const { ruleId } = builtInRules.optOut
  const found = refusalsIn(text)
  if (found.length === 0) return allowDecision(policy, 'input', mode)
  return sectionDecision(
    policy,
    { stage: 'input', mode },
    { ruleId, floor: true },
    {
      action: 'annotate',
      obligations: [{ kind: 'opt_out', ruleId }],
      matches: found.map(({ start, end, view, folded }) => ({ view, span: { start, end }, folded })),
    },
  )
}

interface Refusal {
  readonly start: number
  readonly end: number
  readonly view: PhraseHit['view']
  readonly folded: string
}

function refusalsIn(text: string): readonly Refusal[] {
  if (isAlone(text)) return [{ start: 0, end: text.length, view: 'plain', folded: '' }]
  return tables.flatMap(({ words, book }) =>
    book
      .find(text)
      .filter((hit) => isMeant(words, text, hit))
      .map(({ start, end, view }) => ({ start, end, view, folded: '' })),
  )
}

function isMeant(words: RefusalTable, text: string, { owner, start, end }: PhraseHit): boolean {
  const head = lastClause(text.slice(0, start))
  if (words.denied.test(head) || (words.ofOthers.test(head) && !words.addressed.test(head))) return false
  const tail = plain(text.slice(end, end + 40))
  if (words.limited.test(tail.trim())) return false
  if (owner < words.phrases.length) return true
  return !/^\s*[a-z0-9]/.test(tail) || words.tails.test(tail.trim())
}

/** The words since the last sign that parts clauses. */
function lastClause(before: string): string {
  return plain(
    before
      .slice(-200)
      .split(/[.,;!?\n]/)
      .at(-1) ?? '',
  ).trim()
}

/** Lower case without accents. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('’', "'").replaceAll('œ', 'oe')
}

function isAlone(text: string): boolean {
  const words = text
    .toLowerCase()
    .replace(/[^\p{L}\s]/gu, '')
    .trim()
  return refusalsAlone.includes(words)
}
