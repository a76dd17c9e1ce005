import type { Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findUser } from '../users/public.ts'
import { checkContact } from './check-contact.ts'
import { findInboundFacts } from './find-contact-facts.ts'
import type { ContactPolicy } from './find-contact-policy.ts'

export type Inbound = {
  readonly policy: ContactPolicy
  readonly userId: Uuid
  readonly modality: 'text' | 'voice' | 'voice+text'
  readonly isUrgent: boolean
  readonly atMs: number
}

/** What is said first to a person who comes outside the hours. Throws contact.outside_hours where they are not let in. */
export async function checkInbound(tx: WorkspaceTx, inbound: Inbound): Promise<readonly string[]> {
  const { policy, userId, modality, isUrgent, atMs } = inbound
  if (policy.layers.every(({ document }) => document.sleep_windows.length === 0)) return []
  const user = await findUser(tx, userId)
  if (user === undefined) throw new AppError('request.conflict', 'user vanished between two reads')
  const channel = modality === 'text' ? 'text' : 'voice'
  const facts = findInboundFacts({ user, layers: policy.layers, channel, class: 'ordinary', atMs, isUrgent })
  const { decision, allowedAt, ruleIds, lines } = checkContact(policy, facts)
  if (decision.action === 'allow') return lines
  const until = allowedAt === null ? 'the next allowed time is not known' : `allowed from ${allowedAt.toISOString()}`
  const urgent = isUrgent ? '' : '; for an urgent matter send `urgent: true`'
  throw new AppError('contact.outside_hours', `refused by ${ruleIds.join(', ')}`, {
    errors: [{ pointer: '/agent_id', detail: `${[...lines, until].join(' - ')}${urgent}` }],
    ...(allowedAt === null ? {} : { retryAfterSeconds: Math.ceil((allowedAt.getTime() - atMs) / 1000) }),
  })
}
