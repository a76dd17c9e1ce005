import { element } from './element.ts'
import { guardChip } from './guard-chip.ts'
import { guardLabel } from './guard-label.ts'
import type { TalkTurn } from './talk-state.ts'

export type TurnView = { readonly node: HTMLLIElement; readonly update: (turn: TalkTurn) => void }

/** One turn of the transcript. Pieces that arrive are appended to its one text node, so that what is read stays in place. */
export function createTurnView(
  turn: TalkTurn,
  { language, isSpoken }: { language: string | undefined; isSpoken: boolean },
): TurnView {
  const who = element('div', { class: 'who' })
  const words = document.createTextNode('')
  const paragraph = element('p', {}, words)
  // The words around it are the page's own, in English; which language a person writes nobody knows.
  if (turn.role === 'agent' && language !== undefined) paragraph.lang = language
  const chips = element('div', { class: 'chips' })
  const node = element('li', { class: `turn ${turn.role}` }, who, paragraph, chips)
  function update(next: TalkTurn): void {
    node.dataset['status'] = next.status
    who.textContent = whoSpeaks(next, isSpoken)
    if (next.text.startsWith(words.data)) words.appendData(next.text.slice(words.data.length))
    else words.data = next.text
    paragraph.hidden = next.text === ''
    const labels = new Map(next.guards.map((guard) => [guardLabel(guard), guard]))
    if (labels.size !== chips.childElementCount) chips.replaceChildren(...[...labels.values()].map(guardChip))
    node.hidden = next.text === '' && next.guards.length === 0 && next.status !== 'writing' && next.status !== 'cut'
  }
  update(turn)
  return { node, update }
}

function whoSpeaks(turn: TalkTurn, isSpoken: boolean): string {
  const name = turn.role === 'person' ? 'A person' : 'Agent'
  switch (turn.status) {
    case 'speaking':
      return 'You, speaking'
    case 'said':
      return 'You'
    case 'unsent':
      return 'You, not sent'
    case 'uncertain':
      return 'You, perhaps not received'
    case 'writing':
      if (turn.runningTools.length > 0) return `${name}, using ${toolNames(turn)}`
      return isSpoken ? `${name}, speaking` : `${name}, writing`
    case 'cut':
      return isSpoken ? `${name}, interrupted` : `${name}, cut off`
    case 'complete':
    case 'blocked':
      return name
  }
}

function toolNames({ runningTools }: TalkTurn): string {
  return [...new Set(runningTools.map(({ name }) => name))].join(' and ')
}
