import {
  type Action,
  type Decision,
  type DecisionFacts,
  type DecisionMatch,
  type Obligation,
  type Stage,
  stageTable,
  type ZoneAction,
  type ZoneStage,
  zoneActions,
} from '@hyponema/contract'
import type { CompiledPolicy, CompiledZone } from '../compile/compiled-policy.ts'
import type { PiiMark } from '../match/sentence-finder.ts'

/** What a zone's action means where it watches. A tool call cannot be answered with a line: it is refused. */
const zoneActionTable = {
  output: { redirect: 'replace', block: 'replace', escalate: 'escalate', end: 'end' },
  input: { redirect: 'replace', block: 'replace', escalate: 'escalate', end: 'end' },
  tool_call: { redirect: 'deny', block: 'deny', escalate: 'escalate', end: 'end' },
} as const satisfies { [At in ZoneStage]: Record<ZoneAction, (typeof stageTable)[At]['allowed'][number]> }

/** The neutral element of the join: nothing was found. */
export function allowDecision(
  policy: Pick<CompiledPolicy, 'identity' | 'versions'>,
  stage: Stage,
  mode: Decision['mode'],
): Decision {
  return {
    stage,
    action: 'allow',
    obligations: [],
    matches: [],
    facts: {},
    policy: policy.identity,
    versions: policy.versions,
    mode,
  }
}

/** The stage's safe default. `where` names the part that failed; it never quotes what was judged. */
export function failedDecision(
  policy: Pick<CompiledPolicy, 'identity' | 'versions'>,
  stage: Stage,
  mode: Decision['mode'],
  where: string,
): Decision {
  const obligations: Record<Stage, readonly Obligation[]> = {
    input: [{ kind: 'strictest_output' }],
    retrieval: [],
    tool_call: [],
    tool_result: [],
    output: [{ kind: 'stop_turn' }],
    escalation: [],
    contact: [],
    tick: [],
  }
  return {
    ...allowDecision(policy, stage, mode),
    action: stageTable[stage].onError,
    obligations: obligations[stage],
    error: where,
  }
}

export interface RuleHit {
  readonly zone: CompiledZone
  readonly match: DecisionMatch
  /** The zone's action, or what its strikes made of it. */
  readonly action: ZoneAction
  readonly facts: DecisionFacts
  readonly pii?: PiiMark | undefined
}

/** The decision of one rule about one match. */
export function ruleDecision(policy: CompiledPolicy, stage: ZoneStage, mode: Decision['mode'], hit: RuleHit): Decision {
  const { zone, match, action, facts, pii } = hit
  const decided: Action = zone.masks ? 'redact' : zoneActionTable[stage][action]
  return {
    ...allowDecision(policy, stage, mode),
    action: decided,
    obligations: obligationsOf(zone, stage, action, pii),
    matches: [match],
    facts,
    ...(zone.floor ? { floor: true as const } : {}),
  }
}

function obligationsOf(
  zone: CompiledZone,
  stage: ZoneStage,
  action: ZoneAction,
  pii: PiiMark | undefined,
): readonly Obligation[] {
  const { ruleId } = zone
  if (pii !== undefined) return [{ kind: 'mask', ruleId, direction: 'to_speech', pii: pii.kind, action: pii.action }]
  const line: readonly Obligation[] =
    zone.line === null || stage === 'tool_call' ? [] : [{ kind: 'line', ruleId, text: zone.line }]
  const queue: readonly Obligation[] = action === 'escalate' ? [{ kind: 'queue', ruleId }] : []
  const stop: readonly Obligation[] = stopsTurn(zone, action) && stage !== 'tool_call' ? [{ kind: 'stop_turn' }] : []
  return [...line, ...queue, ...stop]
}

/** Nothing more is said in this turn: by the action, or because the zone's scope is the turn. */
export function stopsTurn(zone: CompiledZone, action: ZoneAction): boolean {
  return action !== 'redirect' || zone.scope === 'turn'
}

/** Whose line is said and whose name is shown: the strongest action, then the priority, then the rule id. */
export function strongest<Hit extends Pick<RuleHit, 'zone' | 'action'>>(hits: readonly Hit[]): Hit | undefined {
  return [...hits].sort(
    (left, right) =>
      zoneActions.indexOf(right.action) - zoneActions.indexOf(left.action) ||
      right.zone.priority - left.zone.priority ||
      (left.zone.ruleId < right.zone.ruleId ? -1 : 1),
  )[0]
}

/** What the zone does at this hit, when the counts say that it is one too many. */
export function actionAfterStrikes(zone: CompiledZone, hitsInWindow: number): ZoneAction {
  return zone.strikes !== null && hitsInWindow >= zone.strikes.hits ? zone.strikes.action : zone.action
}
