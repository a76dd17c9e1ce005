import { encodeId, type Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import { notFound } from '../../kernel/path-id.ts'
import { compileLayers, findPolicyText, readAsked, replayDecision } from '../policies/public.ts'
import { findSession } from '../sessions/public.ts'
import { openDecision } from './seal-decision.ts'
import { findDecision } from './store.ts'

export type ExplainedDecision = {
  readonly id: string
  readonly sessionId: string
  readonly createdAt: string
  readonly policySha256: string
  readonly stored: Readonly<Record<string, unknown>>
  readonly blockedText: string | null
  /** What comes out when it is taken again, or why it cannot be. */
  readonly again:
    | { readonly result: 'same' | 'differs'; readonly action: string; readonly ruleIds: readonly string[] }
    | { readonly result: 'impossible'; readonly because: string }
}

/** Opens a decision, which is audited, and takes it again under the very layers that it was taken under. */
export async function explainDecision(tx: AuditedTx, contentKeys: ContentKeys, id: Uuid): Promise<ExplainedDecision> {
  const row = await findDecision(tx, id)
  const session = row === undefined ? undefined : await findSession(tx, row.sessionId)
  if (row === undefined || session === undefined || row.content === null) throw notFound('decision')
  const key = await contentKeys.forUser(tx, session.userId)
  try {
    const content = openDecision(key, id, row.content, 'review')
    await tx.audit({ action: 'decision.opened', target: { kind: 'decision', id } })
    return {
      id: encodeId('decision', id),
      sessionId: encodeId('session', row.sessionId),
      createdAt: row.createdAt.toISOString(),
      policySha256: row.policySha256.toString('hex'),
      stored: content.decision,
      blockedText: content.blocked_text,
      again: await again(tx, row, content.asked),
    }
  } finally {
    key.destroy()
  }
}

async function again(
  tx: AuditedTx,
  row: NonNullable<Awaited<ReturnType<typeof findDecision>>>,
  asked: { readonly event: unknown; readonly facts: unknown } | null,
): Promise<ExplainedDecision['again']> {
  const impossible = (because: string) => ({ result: 'impossible', because }) as const
  if (asked === null)
    return impossible('what the engine was asked is not kept: it was too long, or a part had left before')
  const layers = await findPolicyText(tx, row.policySha256)
  if (layers === undefined) return impossible('the policy is not kept: the decision is from before policies were')
  const held = { layers, sha256: row.policySha256 }
  const policy = compileLayers(held, {
    id: 'agent',
    version: 0,
    own: { layer: 'agent', pointer: '' },
    linesGiveWay: true,
  })
  const decisions = replayDecision(policy, readAsked(asked))
  const ruleIds = [...new Set(decisions.flatMap(({ matches }) => matches.map(({ ruleId }) => ruleId)))].toSorted()
  const action = decisions.find((one) => one.action === row.action)?.action ?? decisions[0]?.action ?? 'allow'
  const isSame = action === row.action && row.ruleIds.every((ruleId) => ruleIds.includes(ruleId))
  return { result: isSame ? 'same' : 'differs', action, ruleIds }
}
