import { fieldOf } from '../voice/field-of.ts'

export type ShownEscalation = {
  readonly id: string
  readonly sessionId: string | undefined
  readonly queue: string
  readonly priority: number
  readonly reason: string
  readonly state: 'open' | 'claimed'
  readonly createdAtMs: number
  readonly claimedBy: string | undefined
}

export type ShownMessage = {
  readonly role: 'user' | 'agent' | 'operator'
  readonly text: string
  readonly isDelivered: boolean
}

/** Undefined where the server answered something else; a row that this page does not know is left out. */
export function readEscalations(untrusted: unknown): readonly ShownEscalation[] | undefined {
  return listOf(untrusted)?.flatMap((row) => readEscalation(row) ?? [])
}

export function readTalk(untrusted: unknown): readonly ShownMessage[] | undefined {
  return listOf(untrusted)?.flatMap((row) => readMessage(row) ?? [])
}

function listOf(untrusted: unknown): readonly unknown[] | undefined {
  const data = fieldOf(untrusted, 'data')
  return Array.isArray(data) ? data : undefined
}

function readEscalation(row: unknown): ShownEscalation | undefined {
  const [id, queue, reason, created] = ['id', 'queue', 'reason', 'created_at'].map((name) => textOf(row, name))
  const priority = fieldOf(row, 'priority')
  const state = (['open', 'claimed'] as const).find((known) => known === fieldOf(row, 'state'))
  if (id === undefined || queue === undefined || reason === undefined || created === undefined) return undefined
  if (typeof priority !== 'number' || state === undefined) return undefined
  return {
    id,
    queue,
    reason,
    priority,
    state,
    createdAtMs: Date.parse(created),
    claimedBy: textOf(row, 'claimed_by'),
    sessionId: textOf(row, 'session_id'),
  }
}

function readMessage(row: unknown): ShownMessage | undefined {
  const role = (['user', 'agent', 'operator'] as const).find((known) => known === fieldOf(row, 'role'))
  const text = textOf(row, 'text')
  return role === undefined || text === undefined
    ? undefined
    : { role, text, isDelivered: fieldOf(row, 'is_delivered') === true }
}

function textOf(row: unknown, name: string): string | undefined {
  const value = fieldOf(row, name)
  return typeof value === 'string' ? value : undefined
}
