import { element } from '../talk/element.ts'
import type { ShownEscalation } from './read-escalations.ts'

const reasons: Readonly<Record<string, string>> = {
  crisis: 'Somebody may be in danger',
  wish: 'Asked for a person',
  phrase: 'Said words of a rule',
  guard_hits: 'Rules stepped in often',
  failed_tools: 'Tools failed',
  misunderstandings: 'Was not understood',
  silence: 'Long silence',
  negative_wording: 'Angry or desperate words',
  duration: 'Talks for long',
  cost: 'Costs much',
  failed_confirmations: 'Did not confirm what was asked',
  zone: 'A rule asked for a person',
  agent: 'The agent asked for a person',
}

export type QueueActs = {
  readonly take: (one: ShownEscalation) => void
  readonly open: (one: ShownEscalation) => void
}

type Shown = {
  readonly me: string
  /** The one whose talk is on the page. */
  readonly open: string | undefined
  readonly nowMs: number
  readonly acts: QueueActs
}

/** Those who wait, the most urgent first; what somebody has taken is opened by that one alone. */
export function queueView(rows: readonly ShownEscalation[], shown: Shown): HTMLElement {
  if (rows.length === 0) return element('p', { class: 'quiet none' }, 'Nobody waits for a person.')
  return element('ul', { class: 'queue' }, ...rows.map((row) => rowView(row, shown)))
}

function rowView(row: ShownEscalation, { me, open, nowMs, acts }: Shown): HTMLElement {
  const isOpen = row.id === open
  const isMine = row.claimedBy === me
  const act = element(
    'button',
    { type: 'button', class: row.state === 'open' ? 'primary' : 'plain' },
    actWords(row, isMine),
  )
  act.addEventListener('click', () => (row.state === 'open' ? acts.take(row) : acts.open(row)))
  const words = isOpen ? 'You talk here' : row.state === 'claimed' && !isMine ? 'Somebody talks' : undefined
  return element(
    'li',
    {
      ...(row.reason === 'crisis' ? { class: 'urgent' } : {}),
      ...(isOpen ? { 'aria-current': 'true' } : {}),
    },
    element('b', {}, reasons[row.reason] ?? row.reason),
    element(
      'span',
      { class: 'evidence' },
      `${row.queue}, priority ${row.priority}, ${called(nowMs - row.createdAtMs, row.state)}`,
    ),
    words === undefined ? act : element('span', { class: 'quiet' }, words),
  )
}

function actWords({ state }: ShownEscalation, isMine: boolean): string {
  if (state === 'open') return 'Take over'
  return isMine ? 'Go on talking' : 'Taken'
}

/** Who is talked to waits no more. */
function called(ms: number, state: ShownEscalation['state']): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000)
  if (state === 'claimed') {
    if (minutes === 0) return 'called just now'
    return minutes === 1 ? 'called 1 minute ago' : `called ${minutes} minutes ago`
  }
  if (minutes === 0) return 'waits since just now'
  return minutes === 1 ? 'waits for 1 minute' : `waits for ${minutes} minutes`
}
