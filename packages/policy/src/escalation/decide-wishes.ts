/**
 * Threat: a person in danger, or one who asks for a human, is left with a machine.
 * Rule: what the user says calls a person by an explicit wish, by words of a crisis, or by phrases of a rule. The built-in rule on
 * a crisis holds in every policy, whatever its document says.
 * On failure: an error is the input stage's safe default, `annotate` with the output zones at their strictest.
 */
import type { Decision, EscalationRule } from '@hyponema/contract'
import { builtInRules } from '../compile/built-in-rules.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import type { CompiledRule } from '../compile/compiled-sections.ts'
import { joinAllDecisions } from '../decide/join-decisions.ts'
import { allowDecision } from '../decide/rule-decision.ts'
import { sectionDecision } from '../decide/section-decision.ts'
import { foldForRecord } from '../fold/fold-for-record.ts'
import { createPhraseBook, type PhraseBook } from '../match/phrase-book.ts'
import type { PhraseHit } from '../match/phrase-walker.ts'
import { callPerson, type EscalationReason } from './call-person.ts'
import type { EscalationFacts } from './escalation-facts.ts'
import { escalationLine } from './escalation-lines.ts'
import { findCrisis } from './find-crisis.ts'
import { type FoundWish, findWish } from './find-wish.ts'

const phraseBooks = new WeakMap<EscalationRule, PhraseBook>()

type Found = Pick<FoundWish, 'hit'> & { readonly reason: EscalationReason; readonly language: string | undefined }

/** Whether what the user says calls for a person: an explicit wish, a crisis, phrases of a rule. */
export function decideWishes(
  policy: CompiledPolicy,
  text: string,
  facts: EscalationFacts | undefined,
  mode: Decision['mode'],
): Decision {
  const rules = policy.sections.escalation
  const crisis = findCrisis(text)
  const wish = rules.some(({ rule }) => rule.triggers.explicit_wish === true) ? findWish(text) : undefined
  const matchOf = ({ start, end, view }: FoundWish['hit']) => ({
    view,
    span: { start, end },
    folded: foldForRecord(text.slice(start, end)),
  })
  const called = rules.flatMap((rule) => {
    const found = triggerOf(rule, { text, crisis, wish })
    if (found === undefined) return []
    const { hit, reason, language = facts?.language } = found
    return [callPerson(policy, rule, { stage: 'input', mode, reason, facts, language, matches: [matchOf(hit)] })]
  })
  const builtIn = crisis === undefined ? [] : [crisisDecision(policy, { mode, match: matchOf(crisis.hit), crisis })]
  return joinAllDecisions(allowDecision(policy, 'input', mode), [...called, ...builtIn])
}

function triggerOf(
  { rule }: CompiledRule<EscalationRule>,
  said: { readonly text: string; readonly crisis: FoundWish | undefined; readonly wish: FoundWish | undefined },
): Found | undefined {
  const { triggers } = rule
  if (triggers.crisis === true && said.crisis !== undefined) return { ...said.crisis, reason: 'crisis' }
  if (triggers.explicit_wish === true && said.wish !== undefined) return { ...said.wish, reason: 'wish' }
  const hit = phraseIn(rule, said.text)
  return hit === undefined ? undefined : { hit, reason: 'phrase', language: undefined }
}

function phraseIn(rule: EscalationRule, text: string): PhraseHit | undefined {
  const { phrases } = rule.triggers
  if (phrases === undefined || phrases.length === 0) return undefined
  const known = phraseBooks.get(rule)
  const book = known ?? createPhraseBook(phrases)
  if (known === undefined) phraseBooks.set(rule, book)
  return book.find(text)[0]
}

/** Said each time: whoever speaks so again has not been helped. Nobody is called twice at once, but that is the caller's to know. */
function crisisDecision(
  policy: CompiledPolicy,
  {
    mode,
    match,
    crisis,
  }: {
    readonly mode: Decision['mode']
    readonly match: Pick<Decision['matches'][number], 'view' | 'span' | 'folded'>
    readonly crisis: FoundWish
  },
): Decision {
  const { ruleId } = builtInRules.crisis
  return sectionDecision(
    policy,
    { stage: 'input', mode },
    { ruleId, floor: true },
    {
      action: 'escalate',
      matches: [match],
      obligations: [
        { kind: 'line', ruleId, text: escalationLine('crisis', crisis.language) },
        { kind: 'queue', ruleId, queue: 'crisis', priority: 9 },
      ],
      facts: { [`reason:${ruleId}`]: 'crisis', [`within_hours:${ruleId}`]: true },
    },
  )
}
