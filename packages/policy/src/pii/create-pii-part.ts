import type { PiiPolicy } from '@hyponema/contract'
import type { CompiledZone } from '../compile/compiled-policy.ts'
import type { CompiledRule } from '../compile/compiled-sections.ts'
import type { SentenceHit, SentencePart } from '../match/sentence-finder.ts'
import { findPiiIn } from './find-pii.ts'
import type { PiiDuties, PiiDuty } from './pii-duties.ts'
import type { PiiPlace } from './pii-place.ts'

/** A rule about personal data as the output gate knows it: it hides the match, and says what it was. */
export function piiZone({ ruleId, floor }: CompiledRule<PiiPolicy>): CompiledZone {
  return {
    ruleId,
    label: 'personal data',
    action: 'redirect',
    line: null,
    scope: 'match',
    stages: ['output'],
    strikes: null,
    floor,
    priority: 0,
    hasExceptions: false,
    isTopic: false,
    masks: true,
    calibration: null,
  }
}

/** Looks for what must not be said; null where everything may be. `firstOwner` is the place of the first of these zones. */
export function createPiiPart({ to_speech: duties }: PiiDuties, firstOwner: number): SentencePart | null {
  if (duties.size === 0) return null
  return {
    find: ({ given, sources }) =>
      findPiiIn(sources[0]).flatMap((place): readonly SentenceHit[] => {
        const duty = duties.get(place.kind)
        return duty === undefined ? [] : [toHit(place, duty, given, firstOwner)]
      }),
  }
}

function toHit({ kind, start, end }: PiiPlace, duty: PiiDuty, given: string, firstOwner: number): SentenceHit {
  const pii = { kind, action: duty.action, tail: tailOf(kind, given.slice(start, end)) }
  return { owner: firstOwner + duty.rule, start, end, view: 'checksum', pii }
}

/** By its last two digits a person knows a number, and nobody else does. */
function tailOf(kind: PiiPlace['kind'], written: string): string {
  if (kind !== 'card' && kind !== 'iban' && kind !== 'phone') return ''
  /** Said in words, its last letters say nothing. */
  if (!/\d\P{L}*$/u.test(written)) return ''
  return written
    .normalize('NFKC')
    .replaceAll(/[^a-z0-9]/gi, '')
    .slice(-2)
}
