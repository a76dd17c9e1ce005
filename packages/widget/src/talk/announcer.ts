import type { Announcements } from './announcements.ts'
import { element } from './element.ts'

/** Two live regions that nobody sees. They stand outside both pages, so that they speak whichever is shown. */
export function createAnnouncer(): {
  readonly nodes: readonly HTMLElement[]
  readonly announce: (words: Announcements) => void
} {
  const polite = element('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' })
  const assertive = element('div', { class: 'unseen', role: 'alert', 'aria-live': 'assertive' })
  function say(region: HTMLElement, sentences: readonly string[]): void {
    if (sentences.length === 0) return
    // A new node each time: the same words twice are announced twice.
    region.replaceChildren(element('p', {}, sentences.join('. ')))
  }
  return {
    nodes: [polite, assertive],
    announce: (words) => {
      say(polite, words.polite)
      say(assertive, words.assertive)
    },
  }
}
