/**
 * The join of runtime-safety 1: the highest action; obligations, matches and facts united and put in order. Commutative,
 * associative and idempotent, so the order of rules in a document never matters and a rule more never lowers the action.
 */
import {
  type Action,
  actions,
  type Decision,
  type DecisionFacts,
  type DecisionMatch,
  type Obligation,
} from '@hyponema/contract'

export function joinActions(left: Action, right: Action): Action {
  return actions.indexOf(left) >= actions.indexOf(right) ? left : right
}

/** Two decisions about the same event under the same policy. */
export function joinDecisions(left: Decision, right: Decision): Decision {
  return joinAllDecisions(left, [right])
}

/** The same of many, in time that is as good as linear: a hostile text matches thousands of times. */
export function joinAllDecisions(first: Decision, rest: readonly Decision[]): Decision {
  const all = [first, ...rest]
  const headHeard = all.reduce((most, one) => Math.max(most, one.headHeard ?? -1), -1)
  const errors = union(
    all.flatMap(({ error }) => error ?? []),
    (error) => error,
  )
  return {
    stage: first.stage,
    action: all.map(({ action }) => action).reduce(joinActions),
    obligations: union(
      all.flatMap(({ obligations }) => obligations),
      obligationKey,
    ),
    matches: union(
      all.flatMap(({ matches }) => matches),
      matchKey,
    ),
    facts: all.map(({ facts }) => facts).reduce(joinFacts),
    policy: first.policy,
    versions: first.versions,
    mode: all.some(({ mode }) => mode === 'enforce') ? 'enforce' : 'shadow',
    ...(all.some(({ floor }) => floor === true) ? { floor: true as const } : {}),
    ...(headHeard >= 0 ? { headHeard } : {}),
    ...(errors[0] === undefined ? {} : { error: errors[0] }),
  }
}

function union<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
  const byKey = new Map(items.map((item) => [keyOf(item), item]))
  return [...byKey].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, item]) => item)
}

function obligationKey(obligation: Obligation): string {
  return JSON.stringify(Object.entries(obligation).sort(([left], [right]) => (left < right ? -1 : 1)))
}

function matchKey({ span, ruleId, view, folded, field }: DecisionMatch): string {
  const place = [span.start, span.end].map((offset) => String(offset + 2 ** 52).padStart(17, '0'))
  return JSON.stringify([field ?? '', ...place, ruleId, view, folded])
}

/** The same event has the same facts; where two counts differ all the same, the larger one stands. */
function joinFacts(left: DecisionFacts, right: DecisionFacts): DecisionFacts {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()
  return Object.fromEntries(
    names.map((name) => {
      const [one, other] = [left[name], right[name]]
      if (one === undefined) return [name, other ?? '']
      if (other === undefined) return [name, one]
      return [name, factOrder(one) >= factOrder(other) ? one : other]
    }),
  )
}

function factOrder(fact: string | number | boolean): string {
  return typeof fact === 'number' ? `n${String(fact + 2 ** 52).padStart(17, '0')}` : `${typeof fact}:${String(fact)}`
}
