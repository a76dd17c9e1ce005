/**
 * Threat: a rule that must hold at once waits for the next session, while somebody is talking now.
 * Rule: a session keeps the layers that it began with, but for floors: those are what is in force now, whether of the
 * installation or of a policy of the workspace. What is no floor neither comes nor goes.
 * On failure: the caller keeps the policy that the session has.
 */
import { type PolicyDocument, ruleSections } from '@hyponema/contract'
import type { PolicyLayer } from '@hyponema/policy'
import { type HeldLayers, namedByDigest } from './find-layers.ts'
import { mapRules } from './map-rules.ts'

/** What a session that began with `began` is held to, now that `above` are the layers above its agent. */
export function followFloors(began: HeldLayers, above: readonly PolicyLayer[]): HeldLayers {
  const installation = above.filter(({ layer }) => layer === 'installation')
  const now = new Map(above.flatMap(({ layer, name, document }) => (layer === 'workspace' ? [[name, document]] : [])))
  const own = began.layers.filter(({ layer }) => layer === 'workspace')
  const kept = own.map((layer) => {
    const document = merged(layer.document, now.get(layer.name))
    return { ...layer, document }
  })
  const added = above
    .filter(({ layer, name }) => layer === 'workspace' && own.every((one) => one.name !== name))
    .map((layer) => ({ ...layer, document: floorsOf(layer.document) }))
    .filter(({ document }) => hasRules(document))
  const agent = began.layers.filter(({ layer }) => layer === 'agent')
  const held = namedByDigest([...installation, ...[...kept, ...added].toSorted(byName), ...agent])
  return held.sha256.equals(began.sha256) ? began : held
}

/** The rules that the session has, with the floors of today in place of those of then. */
function merged(began: PolicyDocument, now: PolicyDocument | undefined): PolicyDocument {
  const today = now === undefined ? undefined : floorsOf(now)
  const list = <Rule extends { readonly name: string; readonly floor: boolean }>(
    own: readonly Rule[],
    floors: readonly Rule[],
  ): Rule[] => {
    const names = new Set(floors.map(({ name }) => name))
    const rest = own.filter((rule) => !rule.floor && !names.has(rule.name))
    // In the place where it stood, so that nothing changes where nothing has changed.
    const order = own.map(({ name }) => name)
    const place = ({ name }: Rule): number => (order.includes(name) ? order.indexOf(name) : order.length)
    return [...rest, ...floors].toSorted((left, right) => place(left) - place(right))
  }
  const fatigue = today?.fatigue ?? (began.fatigue?.floor === true ? undefined : began.fatigue)
  const pii = today?.pii ?? (began.pii?.floor === true ? undefined : began.pii)
  const { fatigue: _fatigue, pii: _pii, disclosure: _disclosure, ...rest } = began
  const disclosure = today?.disclosure
  return {
    ...rest,
    ...mapRules(began, list, today),
    ...(fatigue === undefined ? {} : { fatigue }),
    ...(pii === undefined ? {} : { pii }),
    ...(disclosure === undefined ? {} : { disclosure }),
  }
}

/** Disclosure is a floor by itself. */
function floorsOf({ fatigue, pii, ...document }: PolicyDocument): PolicyDocument {
  return {
    ...document,
    ...mapRules(document, (rules) => rules.filter(({ floor }) => floor)),
    tests: [],
    ...(fatigue?.floor === true ? { fatigue } : {}),
    ...(pii?.floor === true ? { pii } : {}),
  }
}

function hasRules(document: PolicyDocument): boolean {
  const sections = [document.fatigue, document.pii, document.disclosure]
  return sections.some((section) => section !== undefined) || ruleSections.some((list) => document[list].length > 0)
}

function byName(left: PolicyLayer, right: PolicyLayer): number {
  return (left.name ?? '') < (right.name ?? '') ? -1 : 1
}
