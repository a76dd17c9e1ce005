import { type NoGoZone, zoneActions } from '@hyponema/contract'
import { foldForRecord } from '../fold/fold-for-record.ts'
import type { PolicyLint } from './diagnostic.ts'

interface FoldedZone {
  readonly zone: NoGoZone
  /** Its phrases as they are found, in the order of the document. */
  readonly phrases: readonly string[]
}

/**
 * Phrases that another zone finds first and treats at least as strictly, and phrases that an exception always takes out. Takes time in
 * proportion to the document: it runs whenever a draft is read, in the process that carries live sessions.
 */
export function lintDeadPhrases(noGoZones: readonly NoGoZone[]): readonly PolicyLint[] {
  const zones = noGoZones.map((zone): FoldedZone => ({ zone, phrases: zone.phrases.map(foldForRecord) }))
  const homes = homesOf(zones)
  return zones.flatMap((folded, place) => lintZone(folded, place, findFirst(zones, place, homes)))
}

/** By phrase, in how many words it comes and which zones have it. One of a zone with exceptions may not count, so it hides nothing. */
interface Homes {
  readonly zonesOf: ReadonlyMap<string, readonly number[]>
  readonly lengths: ReadonlySet<number>
}

function homesOf(zones: readonly FoldedZone[]): Homes {
  const zonesOf = new Map<string, number[]>()
  const lengths = new Set<number>()
  for (const [place, { zone, phrases }] of zones.entries()) {
    if (zone.unless.length > 0) continue
    for (const phrase of phrases) {
      lengths.add(phrase.split(' ').length)
      const known = zonesOf.get(phrase)
      if (known === undefined) zonesOf.set(phrase, [place])
      else if (known.at(-1) !== place) known.push(place)
    }
  }
  return { zonesOf, lengths }
}

type Found = { readonly name: string; readonly words: string }

/** Finds a phrase of a zone that takes this one's place, within the words of one of its phrases. */
function findFirst(
  zones: readonly FoldedZone[],
  place: number,
  { zonesOf, lengths }: Homes,
): (phrase: string) => Found | undefined {
  const zone = zones[place]?.zone
  const takesPlace = zones.map(
    (other, index) => zone !== undefined && index !== place && takesPlaceOf(other.zone, zone),
  )
  if (!takesPlace.includes(true)) return () => undefined
  return (phrase) => {
    const words = phrase.split(' ')
    for (const length of lengths) {
      for (let start = 0; start + length <= words.length; start += 1) {
        const run = words.slice(start, start + length).join(' ')
        const home = zonesOf.get(run)?.find((index) => takesPlace[index])
        const name = home === undefined ? undefined : zones[home]?.zone.name
        if (name !== undefined) return { name, words: run }
      }
    }
    return undefined
  }
}

function lintZone(
  { zone, phrases }: FoldedZone,
  place: number,
  findOther: (phrase: string) => Found | undefined,
): readonly PolicyLint[] {
  const pointer = `/no_go_zones/${place}`
  const exceptions = new Set(zone.unless.map(foldForRecord))
  const dead = phrases.flatMap((phrase, index): readonly PolicyLint[] => {
    const at = { severity: 'warning', pointer: `${pointer}/phrases/${index}` } as const
    if (exceptions.has(phrase)) {
      const message = 'the phrase is also listed in `unless`, so it never counts'
      return [{ ...at, message, fix: 'remove it from one of the two' }]
    }
    const by = findOther(phrase)
    if (by === undefined) return []
    const message = `wherever this is found, the zone ${by.name} finds "${by.words}" and does as much or more`
    return [{ ...at, message, fix: `remove it, or give this zone a stronger action than ${by.name}` }]
  })
  const isWhollyDead =
    zone.phrases.length > 0 && dead.length === zone.phrases.length && zone.regexes.length + zone.examples.length === 0
  if (!isWhollyDead) return dead
  const message = `the zone ${zone.name} decides nothing: another zone or an exception covers every phrase of it`
  return [
    { severity: 'warning', pointer, message, fix: 'remove the zone, or change its phrases or its action' },
    ...dead,
  ]
}

/** As ties go: by priority, then by name. */
function isBefore(other: NoGoZone, zone: NoGoZone): boolean {
  return other.priority === zone.priority ? other.name < zone.name : other.priority > zone.priority
}

/** Watches at least where the other one does, is at least as strong, and nobody can tell which of the two it was. */
function takesPlaceOf(other: NoGoZone, zone: NoGoZone): boolean {
  const isStronger = zoneActions.indexOf(other.action) - zoneActions.indexOf(zone.action)
  const hides = { match: 0, sentence: 1, turn: 2 } as const
  return (
    zone.stages.every((stage) => stage === 'output' || other.stages.includes(stage)) &&
    zone.strikes === undefined &&
    hides[other.scope] >= hides[zone.scope] &&
    (isStronger > 0 || (isStronger === 0 && isBefore(other, zone)))
  )
}
