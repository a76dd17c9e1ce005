/**
 * Threat: a lower layer uses up what one policy may hold, and the floors find no room in it any more.
 * Rule: the floors of the installation have a share of their own, as large as that of all other layers together.
 * On failure: diagnostics, and no policy.
 */
import { type NoGoZone, policyLimits } from '@hyponema/contract'
import type { PolicyDiagnostic } from '../document/diagnostic.ts'
import type { LayerName } from './layer-names.ts'

interface Written {
  readonly zone: NoGoZone
  readonly layer: LayerName
  readonly pointer: string
}

/** More phrases, regexes or examples than the share of their layers holds. */
export function refuseTooMany(all: readonly Written[]): readonly PolicyDiagnostic[] {
  /** Our own list is nobody's to shorten. */
  const sources = all.filter(({ pointer }) => pointer !== '/disclosure')
  return [
    ...refuseShare(
      sources.filter(({ layer }) => layer === 'installation'),
      'in the floors of the installation',
    ),
    ...refuseShare(
      sources.filter(({ layer }) => layer !== 'installation'),
      'in all layers',
    ),
  ]
}

function refuseShare(sources: readonly Written[], where: string): readonly PolicyDiagnostic[] {
  const phrases = sources.reduce((sum, { zone }) => sum + zone.phrases.length + zone.unless.length, 0)
  const regexes = sources.reduce((sum, { zone }) => sum + zone.regexes.length, 0)
  const over = (what: string, found: number, limit: number): readonly PolicyDiagnostic[] =>
    found <= limit
      ? []
      : [{ pointer: '/no_go_zones', message: `found ${found} ${what} ${where}`, fix: `use at most ${limit}` }]
  const sets = sources.filter(({ zone }) => zone.examples.length > 0)
  const examples = sets.flatMap(({ zone }) => [...zone.examples, ...zone.counter_examples])
  const characters = examples.reduce((sum, text) => sum + text.length, 0)
  return [
    ...over('phrases', phrases, policyLimits.phrases),
    ...over('regexes', regexes, policyLimits.regexes),
    ...over('zones and topics with examples', sets.length, policyLimits.exampleSets),
    ...over('examples', examples.length, policyLimits.examples),
    ...over('characters of examples', characters, policyLimits.exampleCharacters),
  ]
}
