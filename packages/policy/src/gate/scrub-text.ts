/**
 * Threat: text from elsewhere carries what a reader never sees and a model does.
 * Rule: what a reader sees stays, everything else goes: unseen characters first, so that none of them hides markup, then what
 * the markup hides.
 * On failure: nothing can fail; the text is only ever made shorter, or a blank takes the place of what was hidden.
 */

import { stripUnseen } from '../fold/strip-unseen.ts'
import { stripHiddenMarkup } from '../quarantine/strip-hidden-markup.ts'

/** Taking one thing out may put another together; each time costs one walk over the text. */
const maxPasses = 3

/** The text as its reader sees it. Pure; takes time linear in its length. Offsets of the given text do not hold for it. */
export function scrubText(text: string): string {
  let scrubbed = stripUnseen(text)
  for (let pass = 0; pass < maxPasses; pass += 1) {
    const shown = stripHiddenMarkup(scrubbed)
    if (shown === scrubbed) break
    scrubbed = shown
  }
  return scrubbed
}
