/**
 * Threat: a policy that looks strict and stops nothing, or stops what it must not.
 * Rule: layers only add rules; a phrase that folds to nothing, a regex without bounds, a canned line that violates a zone,
 * a floor that could be weakened: none compiles.
 * On failure: diagnostics, and no policy; the one in force stays in force.
 */
import { type NoGoZone, type PolicyDocument, type PolicyIdentity, policyLimits, zoneStages } from '@hyponema/contract'
import { humanClaimExceptions, humanClaims } from '../disclosure/disclosure-phrases.ts'
import type { PolicyDiagnostic } from '../document/diagnostic.ts'
import { lintBoundary } from '../document/lint-boundary.ts'
import { type Lint, lintPattern, lintPhrase } from '../document/lint-written.ts'
import { createExamplePart } from '../examples/create-example-part.ts'
import { calibratedZone } from '../examples/example-zones.ts'
import { refuseExamples } from '../examples/refuse-examples.ts'
import { foldPhrase } from '../fold/fold-phrase.ts'
import { cannedLines } from '../gate/canned-lines.ts'
import { explainRegex } from '../match/explain-regex.ts'
import { matchText } from '../match/match-text.ts'
import { buildPhraseAutomaton, type PhrasePattern } from '../match/phrase-automaton.ts'
import { buildRegexSet, type RegexPattern, refuseRegex } from '../match/regex-set.ts'
import { createSentenceFinder } from '../match/sentence-finder.ts'
import { createPiiPart, piiZone } from '../pii/create-pii-part.ts'
import { piiDuties } from '../pii/pii-duties.ts'
import { hearSentences } from '../spoken/hear-sentences.ts'
import { allLanguages, languageMask } from '../spoken/spoken-languages.ts'
import { lintToolRules } from '../tools/lint-tool-rules.ts'
import { topicZone } from '../topics/topic-zone.ts'
import type { CompiledPolicy, CompiledZone } from './compiled-policy.ts'
import { compileSections, layerPrefix } from './compiled-sections.ts'
import { type LayerName, layerNames } from './layer-names.ts'
import { phrasePatterns, writtenPatterns } from './phrase-patterns.ts'
import { refuseTooMany } from './refuse-too-many.ts'

export interface PolicyLayer {
  readonly layer: LayerName
  /** Of a workspace's policy, which may have several: its name. */
  readonly name?: string
  /** Parsed by `policyDocumentSchema` or `parsePolicy`. */
  readonly document: PolicyDocument
}

export interface CompileOptions {
  /** In any order; at most one of each layer and name. All their rules apply, so a lower layer can only tighten. */
  readonly layers: readonly PolicyLayer[]
  /** Recorded in every decision. The hash is taken of `canonicalPolicyText(layers)` by the caller. */
  readonly identity: PolicyIdentity
  /** Lines that a zone lets pass, by its rule id (compile-under-floors.ts). */
  readonly exceptions?: ReadonlyMap<string, readonly string[]>
  /** Recorded in every decision, so that it can be replayed: `process.versions.unicode` and `process.versions.tz`. */
  readonly versions?: { readonly unicode: string; readonly timeZones: string }
}

export type CompileResult =
  | { readonly ok: true; readonly policy: CompiledPolicy }
  | { readonly ok: false; readonly diagnostics: readonly PolicyDiagnostic[] }

/** Changes when the same document and the same text could give another decision. */
export const engineVersion = '7'

interface SourcedZone {
  readonly zone: NoGoZone
  readonly layer: LayerName
  /** What its rule id begins with. */
  readonly prefix: string
  readonly pointer: string
  readonly isTopic?: boolean
  /** Its phrases are ours, so nobody has to be told of one. */
  readonly isBuiltIn?: boolean
}

/** The policy of all layers, ready for `decide` and the output gate. Takes milliseconds; share the result by sessions. */
export function compilePolicy(options: CompileOptions): CompileResult {
  const layers = options.layers.toSorted(byPlaceAndName)
  const sources = layers.flatMap(sourcedZones)
  const passing = sources.map(({ zone, prefix }) => options.exceptions?.get(`${prefix}/${zone.name}`) ?? [])
  // Before anything is built of them: what is too much is not looked at any further.
  const tooMuch = [...refuseDoubleLayers(layers), ...refuseTooMany(sources)]
  if (tooMuch.length > 0) return { ok: false, diagnostics: tooMuch }
  const diagnostics = [...refuseZones(sources), ...layers.flatMap(lintToolRules)]
  if (diagnostics.length > 0) return { ok: false, diagnostics }
  const phrases = phrasesOf(sources)
  if (phrases === undefined) return refused(tooManyLetters)
  const regexes = buildRegexSet(
    sources.flatMap(({ zone, layer }, owner) =>
      zone.regexes.map((source): RegexPattern => ({ source, owner, isOfFloor: layer === 'installation' })),
    ),
  )
  if (typeof regexes === 'string')
    return refused({ pointer: '', message: regexes, fix: 'use fewer or shorter regexes' })
  const exceptions = sources.flatMap(({ zone }, owner) =>
    writtenPatterns([...zone.unless, ...(passing[owner] ?? [])], owner),
  )
  const sections = compileSections(layers)
  const pii = piiDuties(sections.pii)
  const zones = [
    ...sources.map((source, owner) => compileZone(source, (passing[owner] ?? []).length > 0)),
    ...sections.pii.map(piiZone),
  ]
  const policy: CompiledPolicy = {
    identity: options.identity,
    versions: { engine: engineVersion, ...(options.versions ?? { unicode: 'unknown', timeZones: 'unknown' }) },
    zones,
    phrases: buildPhraseAutomaton(phrases),
    exceptions: exceptions.length === 0 ? null : buildPhraseAutomaton(exceptions),
    sentences: createSentenceFinder([
      regexes === null ? null : hearSentences(regexes, languagesOf(sources)),
      createPiiPart(pii, sources.length),
      createExamplePart(sources.map(({ zone }) => calibratedZone(zone))),
    ]),
    hidesSentences: zones.some(({ scope }) => scope !== 'match'),
    disclosureLine: layers.flatMap(({ document }) => document.disclosure?.line || []).at(-1) ?? null,
    openings: layers.flatMap(({ document }) => document.disclosure?.opening ?? []),
    sections,
    pii,
    replacedLines: [],
  }
  const violations = refuseLines(policy, layers)
  return violations.length > 0 ? { ok: false, diagnostics: violations } : { ok: true, policy }
}

/** A workspace's policies have no order among themselves but that of their names: where two ask for the same, one is named. */
function byPlaceAndName(left: PolicyLayer, right: PolicyLayer): number {
  const place = layerNames.indexOf(left.layer) - layerNames.indexOf(right.layer)
  return place === 0 && (left.name ?? '') !== (right.name ?? '')
    ? (left.name ?? '') < (right.name ?? '')
      ? -1
      : 1
    : place
}

function sourcedZones(source: PolicyLayer): readonly SourcedZone[] {
  const { layer, document } = source
  const prefix = layerPrefix(source)
  const zones = document.no_go_zones.map((zone, index) => ({ zone, layer, prefix, pointer: `/no_go_zones/${index}` }))
  const topics = document.topic_cooldowns.map((topic, index) => {
    return { zone: topicZone(topic), layer, prefix, pointer: `/topic_cooldowns/${index}`, isTopic: true }
  })
  const written = [...zones, ...topics]
  if (document.disclosure === undefined) return written
  return [
    ...written,
    { zone: claimsZone(document.disclosure.line), layer, prefix, pointer: '/disclosure', isBuiltIn: true },
  ]
}

/** The rule that a disclosure brings along: never claim to be human. Its name has a dot, so no document can take it. */
function claimsZone(line: string): NoGoZone {
  return {
    name: 'disclosure.claims-to-be-human',
    label: 'claim to be human',
    phrases: [...humanClaims],
    regexes: [],
    examples: [],
    counter_examples: [],
    languages: [],
    stages: ['output'],
    action: 'redirect',
    line,
    scope: 'match',
    floor: true,
    unless: [...humanClaimExceptions],
    priority: 0,
  }
}

function compileZone({ zone, prefix, isTopic = false }: SourcedZone, letsPass: boolean): CompiledZone {
  return {
    ruleId: `${prefix}/${zone.name}`,
    label: zone.label ?? zone.name.replaceAll(/[_-]/g, ' '),
    action: zone.action,
    // Blank: none could be said (compile-under-floors.ts); no document can say so.
    line: zone.line === undefined || zone.line === '' ? null : zone.line,
    scope: zone.scope,
    stages: zoneStages.filter((stage) => stage === 'output' || zone.stages.includes(stage)),
    strikes: zone.strikes ?? null,
    floor: zone.floor,
    priority: zone.priority,
    hasExceptions: zone.unless.length > 0 || letsPass,
    isTopic,
    masks: false,
    calibration: calibratedZone(zone)?.calibration ?? null,
  }
}

function languagesOf(sources: readonly SourcedZone[]): (owner: number) => number {
  const masks = sources.map(({ zone }) => languageMask(zone.languages))
  return (owner) => masks[owner] ?? allLanguages
}

/** Undefined where they have more letters than may be held; nothing is made of those beyond. */
function phrasesOf(sources: readonly SourcedZone[]): readonly PhrasePattern[] | undefined {
  const patterns: PhrasePattern[] = []
  const letters = { floors: 0, others: 0 }
  for (const [owner, { zone, layer }] of sources.entries()) {
    const share = layer === 'installation' ? 'floors' : 'others'
    for (const phrase of zone.phrases) {
      for (const pattern of phrasePatterns(phrase, zone.languages, owner)) {
        letters[share] += pattern.symbols.length
        patterns.push(pattern)
      }
      if (letters[share] > policyLimits.phraseLetters) return undefined
    }
  }
  return patterns
}

const tooManyLetters = {
  pointer: '/no_go_zones',
  message: `the phrases of all layers, as they are written and as they are said, have more than ${policyLimits.phraseLetters} letters`,
  fix: 'write fewer or shorter phrases; numbers are said in many ways, so a regex or an example may serve better',
}

function refuseDoubleLayers(layers: readonly PolicyLayer[]): readonly PolicyDiagnostic[] {
  const doubled = layers.filter(
    (one, index) => layers.findIndex((other) => layerPrefix(other) === layerPrefix(one)) !== index,
  )
  return doubled.map((one) => ({
    pointer: '',
    layer: layerPrefix(one),
    message: `the layer ${layerPrefix(one)} is given twice`,
    fix: 'give each layer once',
  }))
}

/** Who has so much to put right begins with these; compiling every wrong regex would take seconds. */
const mostTold = 50

function refuseZones(sources: readonly SourcedZone[]): readonly PolicyDiagnostic[] {
  const found: PolicyDiagnostic[] = []
  for (const source of sources) {
    found.push(...refuseZone(source))
    if (found.length >= mostTold) break
  }
  return found
}

function refuseZone({ zone, prefix: layer, pointer, isBuiltIn = false }: SourcedZone): readonly PolicyDiagnostic[] {
  const lists = isBuiltIn ? [] : (['phrases', 'unless'] as const)
  const unreadable = lists.flatMap((list) =>
    zone[list].flatMap((phrase, index) => {
      const lint = lintPhrase(phrase) ?? (foldPhrase(phrase).length > 0 ? undefined : neverFound)
      return lint === undefined ? [] : [{ pointer: `${pointer}/${list}/${index}`, layer, ...lint }]
    }),
  )
  const wordless =
    zone.line === undefined || zone.line === '' || foldPhrase(zone.line).length > 0
      ? []
      : [
          {
            pointer: `${pointer}/line`,
            layer,
            message: 'the line has no word in it',
            fix: 'write what is to be said instead',
          },
        ]
  const unbounded = zone.regexes.flatMap((source, index) => {
    const lint = lintRegex(source)
    return lint === undefined ? [] : [{ pointer: `${pointer}/regexes/${index}`, layer, ...lint }]
  })
  const examples = refuseExamples(zone, pointer).map((refusal) => ({ ...refusal, layer }))
  return [...unreadable, ...wordless, ...unbounded, ...examples]
}

const neverFound: Lint = {
  message: 'the phrase has no letter or number in it, so it would never be found',
  fix: 'write it in words, or use a regex',
}

function lintRegex(source: string): Lint | undefined {
  const written = lintPattern(source)
  if (written !== undefined) return written
  const message = refuseRegex(source)
  return message === undefined ? lintBoundary(source) : explainRegex(message)
}

/** A canned line, of whichever section, is judged by all zones of all layers, as any other text that is said: each text once. */
function refuseLines(policy: CompiledPolicy, layers: readonly PolicyLayer[]): readonly PolicyDiagnostic[] {
  const judged = new Map<string, ReadonlySet<string>>()
  return layers.flatMap((layer) =>
    cannedLines(layer.document).flatMap(({ pointer, line }) => {
      const violated = judged.get(line) ?? violatedBy(policy, line)
      judged.set(line, violated)
      return [...violated].map((ruleId) => ({
        pointer,
        layer: layerPrefix(layer),
        violates: ruleId,
        message: `the line violates the zone ${ruleId}, so it could not be said`,
        fix: 'say it in words that no zone forbids',
      }))
    }),
  )
}

/** A line that cannot be judged could not be said either. */
function violatedBy(policy: CompiledPolicy, line: string): ReadonlySet<string> {
  try {
    return new Set(matchText(policy, line).map(({ owner }) => policy.zones[owner]?.ruleId ?? 'unknown'))
  } catch {
    return new Set(['engine/error'])
  }
}

function refused(diagnostic: PolicyDiagnostic): CompileResult {
  return { ok: false, diagnostics: [diagnostic] }
}
