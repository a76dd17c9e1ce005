import type { Decision } from '@hyponema/contract'
import { type CompileOptions, engineVersion } from '../compile/compile-policy.ts'
import { compileSections } from '../compile/compiled-sections.ts'
import { failedDecision } from '../decide/rule-decision.ts'
import type { ContactFacts } from './contact-facts.ts'
import { decideContact } from './decide-contact.ts'

export interface ContactQuestion extends CompileOptions {
  readonly facts: ContactFacts
  readonly mode?: Decision['mode']
}

/**
 * Whether somebody may be contacted, or let in, at an instant: what `decide` says at the stage contact, of layers that need no
 * compiling for it. Never throws; what fails is put off.
 */
export function mayContact({ layers, identity, versions, facts, mode = 'enforce' }: ContactQuestion): Decision {
  const named = { engine: engineVersion, ...(versions ?? { unicode: 'unknown', timeZones: 'unknown' }) }
  const policy = { identity, versions: named, sections: compileSections(layers) }
  try {
    return decideContact(policy, facts, mode)
  } catch (error) {
    return failedDecision(policy, 'contact', mode, error instanceof Error ? error.name : 'error')
  }
}
