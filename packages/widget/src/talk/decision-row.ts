import { element } from './element.ts'
import { formatCount, formatMs } from './format-evidence.ts'
import { formatPayload } from './format-payload.ts'
import { guardWords } from './guard-words.ts'
import { type IconName, icon } from './icon.ts'
import type { Decision } from './talk-state.ts'

const toolSigns = {
  running: { sign: 'wait', title: 'Tool running' },
  ok: { sign: 'check', title: 'Tool finished' },
  failed: { sign: 'cross', title: 'Tool failed' },
  unknown: { sign: 'wait', title: 'Tool called, its end was not seen' },
} as const satisfies Record<string, { sign: IconName; title: string }>

/** One decision: a sign, what happened in words, and the facts in mono. */
export function decisionRow(decision: Decision): HTMLLIElement {
  if (decision.kind === 'guard') {
    const facts = [
      `zone ${decision.mark.zone}`,
      formatMs(decision.engineMs),
      `${formatCount(decision.charactersHeard, 'character')} heard`,
    ]
    return row('hit', 'shield', guardWords(decision.mark).title, facts.map(unbroken).join(' · '))
  }
  const { sign, title } = toolSigns[decision.status]
  const made = row(decision.status === 'failed' ? 'failed' : 'passed', sign, title, decision.name)
  for (const [what, json] of [
    ['Asked', decision.arguments],
    ['Answered', decision.result],
  ] as const) {
    const words = json === undefined ? '' : formatPayload(json)
    if (words !== '') made.lastElementChild?.append(payload(what, words))
  }
  return made
}

/** What a visible tool was asked, or answered: text, never markup. */
function payload(what: string, words: string): HTMLElement {
  return element('p', { class: 'payload' }, `${what} `, element('code', {}, words))
}

/** A line breaks between facts, never inside one that is short. */
function unbroken(fact: string): string {
  return fact.length <= 24 ? fact.replaceAll(' ', '\u00a0') : fact
}

function row(tone: string, sign: IconName, title: string, facts: string): HTMLLIElement {
  return element(
    'li',
    { class: `row ${tone}` },
    icon(sign),
    element('div', {}, element('p', {}, title), element('small', {}, facts)),
  )
}
