/**
 * Threat: "Are you a human?" - "Yes, I am." The answer holds no claim by itself, so no list of claims finds it.
 * Rule: where a policy has a disclosure, a short message that asks is answered with the disclosure line, and the model is not
 * asked. A floor: no layer can switch it off, and no exception of a zone reaches it.
 * On failure: the stage's safe default (decide.ts). A question within a long message goes to the model, whose claims the zone
 * `disclosure.claims-to-be-human` redirects.
 */
import type { Decision } from '@hyponema/contract'
import { builtInRules } from '../compile/built-in-rules.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { allowDecision } from '../decide/rule-decision.ts'
import { sectionDecision } from '../decide/section-decision.ts'
import { foldForRecord } from '../fold/fold-for-record.ts'
import { createPhraseBook } from '../match/phrase-book.ts'
import { humanQuestions, questionClosers } from './human-questions.ts'

/** A longer message asks for something else, too, which must not be lost. */
const mostWords = 12
const book = createPhraseBook(humanQuestions)
const nextWord = /^[^\p{L}\p{N}.,;:!?\n\u2026\u2013\u2014)"]*([\p{L}\p{N}'\u2019]*)/u

export function decideDisclosure(policy: CompiledPolicy, text: string, mode: Decision['mode']): Decision {
  const allowed = allowDecision(policy, 'input', mode)
  const line = policy.disclosureLine
  if (line === null || text.trim().split(/\s+/u).length > mostWords) return allowed
  const asked = book.find(text).find(({ end }) => isWholeQuestion(text.slice(end)))
  if (asked === undefined) return allowed
  const { ruleId } = builtInRules.askedWhetherHuman
  const { start, end } = asked
  return sectionDecision(
    policy,
    { stage: 'input', mode },
    { ruleId, floor: true },
    {
      action: 'replace',
      obligations: [{ kind: 'line', ruleId, text: line }],
      matches: [{ view: 'plain', span: { start, end }, folded: foldForRecord(text.slice(start, end)) }],
    },
  )
}

/** Nothing behind it goes on with the thing that was asked about. */
function isWholeQuestion(behind: string): boolean {
  const word = nextWord.exec(behind)?.[1] ?? ''
  return word === '' || questionClosers.has(word.toLowerCase().replaceAll('\u2019', "'"))
}
