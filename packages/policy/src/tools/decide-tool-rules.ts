/**
 * Threat: a model does what a document or a tool's answer says: books, pays, sends, with that text's values or at its wish.
 * Rule: what a rule forbids is refused. A trusted field that only documents or tools contain is refused; one that nobody said, or
 * that is too short to tell, is asked about. Once text of documents or tools is in the prompt, every tool with effects is asked
 * about, whether or not a policy says anything of it: who caused the call is not judged.
 * On failure: the stage's safe default, which is a refusal.
 */
import type { ConfirmationClass, Decision, DecisionFacts, Obligation, ToolRule } from '@hyponema/contract'
import { builtInRules } from '../compile/built-in-rules.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import type { CompiledRule } from '../compile/compiled-sections.ts'
import { joinAllDecisions } from '../decide/join-decisions.ts'
import { allowDecision } from '../decide/rule-decision.ts'
import { type SectionFinding, sectionDecision } from '../decide/section-decision.ts'
import { type ArgumentLeaf, argumentAt, leavesOf, namesOf } from './argument-values.ts'
import { brokenConstraints } from './check-constraints.ts'
import { type Origin, originOf } from './origins.ts'
import { rulesOfTool } from './rules-of-tool.ts'
import type { ToolFacts } from './tool-facts.ts'
import { readOneAmount } from './values/read-numbers.ts'

interface Call {
  readonly tool: string
  readonly arguments: unknown
}

type Rule = CompiledRule<ToolRule>

/** Nobody listens to more of one value, and a decision is no place for a text. */
const maxReadCharacters = 200
const maxReadFields = 16
/** Nobody says more values for one call; each is looked for in every piece of the prompt. */
const maxTrusted = 64
const classes: readonly ConfirmationClass[] = ['none', 'spoken', 'irreversible']

/** Without facts nothing was said by anybody: a trusted field is asked about. */
const noFacts: ToolFacts = {
  segments: [],
  hasEffects: false,
  enumFields: [],
  worked: [],
  calls: { turn: 0, session: 0, day: 0 },
  nowMs: 0,
}

/** What the tool rules, and the rule of two, say of one call (runtime-safety 4). The zones' word is joined by the caller. */
export function decideToolRules(
  policy: CompiledPolicy,
  call: Call,
  given: ToolFacts | undefined,
  mode: Decision['mode'],
): Decision {
  const facts = given ?? noFacts
  const rules = rulesOfTool(policy, call.tool)
  const fields = fieldsToRead(rules, call)
  const at = { stage: 'tool_call', mode } as const
  const decided = rules.map((rule) => sectionOrAllow(policy, at, rule, findingOf(rule, call, facts, fields)))
  return joinAllDecisions(allowDecision(policy, 'tool_call', mode), [
    ...decided,
    sectionOrAllow(policy, at, { ...builtInRules.ruleOfTwo, floor: true }, ruleOfTwo(facts, fields)),
  ])
}

function sectionOrAllow(
  policy: CompiledPolicy,
  at: { readonly stage: 'tool_call'; readonly mode: Decision['mode'] },
  rule: Pick<Rule, 'ruleId' | 'floor'>,
  finding: SectionFinding,
): Decision {
  return finding.action === 'allow'
    ? { ...allowDecision(policy, at.stage, at.mode), facts: finding.facts ?? {} }
    : sectionDecision(policy, at, rule, finding)
}

/** Once untrusted text stands in the prompt, what changes something or sends something waits for the person's word. */
function ruleOfTwo(facts: ToolFacts, fields: readonly ArgumentLeaf[]): SectionFinding {
  const untrusted = facts.segments.some(({ trust }) => trust === 'tool' || trust === 'document')
  if (!facts.hasEffects || !untrusted) return { action: 'allow' }
  const used = { hasEffects: true, untrusted: true }
  return askUnlessConfirmed(builtInRules.ruleOfTwo.ruleId, 'spoken', { facts, fields, used })
}

function findingOf(
  { rule, ruleId }: Rule,
  call: Call,
  facts: ToolFacts,
  fields: readonly ArgumentLeaf[],
): SectionFinding {
  const refusal = refusalOf(rule, call, facts)
  if (refusal !== undefined) return { action: 'deny', ...refusal }
  if (trustedLeaves(rule, call).length > maxTrusted) return { action: 'deny', facts: {} }
  const origins = originsOf(rule, call, facts)
  const used = Object.fromEntries(origins.map(({ field, sources }) => [`origin:${field}`, sources.join(',') || 'none']))
  const tainted = origins.filter(({ verdict }) => verdict === 'untrusted')
  if (tainted.length > 0) return { action: 'deny', matches: tainted.map(({ field }) => placeOf(field)), facts: used }
  const unknown = origins.some(({ verdict }) => verdict === 'unknown')
  const wanted = strictest([
    rule.confirmation,
    unknown ? 'spoken' : 'none',
    isAboveLimit(rule, call) ? 'irreversible' : 'none',
  ])
  if (wanted === 'none') return { action: 'allow', facts: used }
  return origins.length > 0 && !isReadable(origins, call)
    ? { action: 'deny', matches: origins.map(({ field }) => placeOf(field)), facts: used }
    : askUnlessConfirmed(ruleId, wanted, { facts, fields, used })
}

function placeOf(field: string): NonNullable<SectionFinding['matches']>[number] {
  return { view: 'plain', span: { start: 0, end: 0 }, folded: '', field }
}

/** What no confirmation can make good. */
function refusalOf(
  rule: ToolRule,
  call: Call,
  { worked, calls }: ToolFacts,
): Pick<SectionFinding, 'matches' | 'facts'> | undefined {
  if (!rule.allow) return { facts: {} }
  const missing = rule.after.find((name) => !worked.includes(name))
  if (missing !== undefined) return { facts: { missing } }
  const { per_turn: perTurn, per_session: perSession, per_day: perDay } = rule.budgets
  if (perTurn !== undefined && calls.turn >= perTurn) return { facts: { 'calls:turn': calls.turn } }
  if (perSession !== undefined && calls.session >= perSession) return { facts: { 'calls:session': calls.session } }
  if (perDay !== undefined && calls.day >= perDay) return { facts: { 'calls:day': calls.day } }
  const broken = brokenConstraints(rule.constraints, call.arguments)
  return broken.length > 0 ? { matches: broken.map(placeOf), facts: {} } : undefined
}

function trustedLeaves(rule: ToolRule, call: Call): readonly ArgumentLeaf[] {
  return rule.trusted_fields.flatMap(({ field }) => leavesOf(argumentAt(call.arguments, field), field))
}

function originsOf(rule: ToolRule, call: Call, { segments, enumFields, nowMs, zone }: ToolFacts) {
  return rule.trusted_fields.flatMap(({ field, kind }) =>
    leavesOf(argumentAt(call.arguments, field), field).map((leaf) => ({
      field: leaf.field,
      ...withNames(leaf.field.slice(field.length), {
        segments,
        origin: originOf(leaf.value, {
          kind,
          segments,
          now: { nowMs, zone },
          isListed: enumFields.includes(leaf.field),
        }),
      }),
    })),
  )
}

/** The name of a member may be a value as well: one that only documents and tools have is asked about with what stands under it. */
function withNames(
  below: string,
  { segments, origin }: { readonly segments: ToolFacts['segments']; readonly origin: Origin },
): Origin {
  if (origin.verdict !== 'trusted') return origin
  const isForeign = namesOf(below).some((name) => {
    const { sources } = originOf(name, { kind: 'text', segments, now: { nowMs: 0 }, isListed: true })
    return sources.length > 0 && sources.every((source) => source === 'tool' || source === 'document')
  })
  return isForeign ? { ...origin, verdict: 'unknown' } : origin
}

/** An amount that cannot be read is above every limit. */
function isAboveLimit({ amount }: ToolRule, call: Call): boolean {
  if (amount === undefined) return false
  const value = argumentAt(call.arguments, amount.field)
  if (value === undefined || value === null) return false
  if (typeof value === 'number') return Math.abs(value) > amount.above
  const read = typeof value === 'string' ? readOneAmount(value) : []
  return read.length === 0 || read.some((one) => Math.abs(one) > amount.above)
}

function askUnlessConfirmed(
  ruleId: string,
  wanted: Exclude<ConfirmationClass, 'none'>,
  {
    facts,
    fields,
    used,
  }: { readonly facts: ToolFacts; readonly fields: readonly ArgumentLeaf[]; readonly used: DecisionFacts },
): SectionFinding {
  const { confirmedBy } = facts
  const noted = confirmedBy === undefined ? used : { ...used, confirmed: confirmedBy }
  if (classes.indexOf(confirmedBy ?? 'none') >= classes.indexOf(wanted)) return { action: 'allow', facts: noted }
  const question: Obligation = { kind: 'question', ruleId, confirmation: wanted, fields }
  return { action: 'confirm', obligations: [question], facts: noted }
}

/** The trusted fields that are there; of a tool without any, everything that it is called with. */
function fieldsToRead(rules: readonly Rule[], call: Call): readonly ArgumentLeaf[] {
  const pointers = [...new Set(rules.flatMap(({ rule }) => rule.trusted_fields.map(({ field }) => field)))].sort()
  const trusted = pointers.flatMap((field) => leavesOf(argumentAt(call.arguments, field), field))
  const read = trusted.length > 0 ? trusted : leavesOf(call.arguments)
  return read.slice(0, maxReadFields).map(({ field, value }) => ({ field, value: shortened(value) }))
}

function shortened(value: string): string {
  return value.length > maxReadCharacters ? `${value.slice(0, maxReadCharacters)}…` : value
}

/** Nobody agrees to what was not read out: trusted fields that are too many or too long are refused. */
function isReadable(origins: readonly { readonly field: string }[], call: Call): boolean {
  const tooLong = origins.some(({ field }) => String(argumentAt(call.arguments, field)).length > maxReadCharacters)
  return !tooLong && origins.length <= maxReadFields
}

function strictest(wanted: readonly ConfirmationClass[]): ConfirmationClass {
  return wanted.reduce((one, other) => (classes.indexOf(other) > classes.indexOf(one) ? other : one), 'none')
}
