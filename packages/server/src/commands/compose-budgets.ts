import { workspaceLimitSizes } from '@hyponema/contract'
import { readUsage } from '../features/sessions/public.ts'
import { SessionBudgets } from '../guards/session-budgets.ts'
import { SharedBudgets } from '../guards/shared-budgets.ts'
import type { BucketPolicy, TokenBuckets } from '../guards/token-buckets.ts'
import { edgeBudgets } from '../kernel/edge-budgets.ts'
import { mergeLimitDebts } from '../platform/postgres/merge-limit-debts.ts'
import type { ServerParts } from './server-parts.ts'

export type Budgets = {
  readonly shared: SharedBudgets
  readonly address: TokenBuckets
  readonly workspace: TokenBuckets
  readonly principal: TokenBuckets
  readonly user: TokenBuckets
  readonly talk: TokenBuckets
  readonly refresh: TokenBuckets
  readonly signInLinks: TokenBuckets
  readonly signInAnswers: TokenBuckets
  readonly invitationMails: TokenBuckets
  readonly sessions: SessionBudgets
  readonly createBuckets: (policy: BucketPolicy) => TokenBuckets
}

/** Wires the budgets of the edge, which all processes of the installation share. */
export function composeBudgets({ installation, clock, log }: ServerParts): Budgets {
  const shared = new SharedBudgets({
    merge: (taken) => mergeLimitDebts(installation.database.logins.app, taken),
    clock,
    log: (message, error) => log.warn({ err: error }, message),
  })
  const buckets = (name: keyof typeof edgeBudgets): TokenBuckets => shared.buckets({ name, ...edgeBudgets[name] })
  // Each workspace has its own size, which replaces this one.
  const burst = workspaceLimitSizes.session_creations_per_minute.usual
  const creations = shared.buckets({ name: 'sessions', burst, refillPerSecond: burst / 60 })
  return {
    shared,
    address: buckets('address'),
    workspace: buckets('workspace'),
    principal: buckets('principal'),
    user: buckets('user'),
    talk: buckets('talk'),
    refresh: buckets('refresh'),
    signInLinks: buckets('sign-in-links'),
    signInAnswers: buckets('sign-in-answers'),
    invitationMails: buckets('invitation-mails'),
    sessions: new SessionBudgets({ creations, readUsage, clock }),
    createBuckets: (policy) => shared.buckets(policy),
  }
}
