/**
 * Threat: a policy is put in force and nobody knows what it would have changed; or the words of many talks are read for it by
 * somebody who may not, and nobody can tell.
 * Rule: it is taken through the newest talks of its agents, beside what they were held to; who asks may read decisions and
 * transcripts, and the audit log names every session that was opened.
 * On failure: a talk that cannot be opened any more (its person was forgotten) is left out. When the time is over, what was done
 * is the answer.
 */
import type { PolicyDocument, policyReplaySchema, Uuid } from '@hyponema/contract'
import { encodeId } from '@hyponema/contract'
import type { z } from 'zod'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { compareTalk, type Talk } from './compare-talk.ts'
import { compileReplay, type ReplayedPolicies } from './compile-replay.ts'
import { findPolicyText, type PolicyRow } from './store.ts'

/** Beyond, a request would have to wait; the answer says how many were done. */
const replayMs = 8_000
const maxChanges = 500

type Replay = z.infer<typeof policyReplaySchema>

/** Lent by the decisions, which know policies and not the other way round. */
export type TalkReader = {
  readonly listNewest: (
    tx: WorkspaceTx,
    page: { readonly agents: readonly Uuid[]; readonly limit: number },
  ) => Promise<readonly { readonly id: Uuid; readonly userId: Uuid; readonly policySha256: Buffer }[]>
  /** Undefined when its words cannot be opened any more. */
  readonly read: (tx: WorkspaceTx, session: { readonly id: Uuid; readonly userId: Uuid }) => Promise<Talk | undefined>
}

export async function replayPolicy(
  tx: AuditedTx,
  input: {
    readonly policy: PolicyRow
    readonly document: PolicyDocument
    readonly version: number
    readonly sessions: number
    readonly talks: TalkReader
    /** Monotone milliseconds. */
    readonly nowMs: () => number
  },
): Promise<Replay> {
  const { policy, talks } = input
  const startedMs = input.nowMs()
  const sessions = await talks.listNewest(tx, { agents: policy.agents, limit: input.sessions })
  const replay: Replay = {
    sessions: { asked: input.sessions, done: 0, out_of_time: false },
    turns: { judged: 0, changed: 0 },
    changes: [],
  }
  const opened: string[] = []
  const policiesOf = policiesByDigest(tx, input)
  for (const session of sessions) {
    replay.sessions.out_of_time = input.nowMs() - startedMs > replayMs
    if (replay.sessions.out_of_time) break
    const talk = await talks.read(tx, session)
    const policies = await policiesOf(session.policySha256)
    if (talk === undefined || policies === undefined) continue
    opened.push(talk.sessionId)
    const changes = compareTalk(talk, policies)
    replay.sessions.done += 1
    replay.turns.judged += talk.turns.length
    replay.turns.changed += changes.length
    replay.changes.push(...changes.slice(0, maxChanges - replay.changes.length))
  }
  await tx.audit({
    action: 'policy.replayed',
    target: { kind: 'policy', id: policy.id },
    after: { version: input.version, sessions: opened },
  })
  return replay
}

/** Most sessions have the same, and compiling takes longer than judging. */
function policiesByDigest(
  tx: AuditedTx,
  input: { readonly policy: PolicyRow; readonly document: PolicyDocument; readonly version: number },
): (sha256: Buffer) => Promise<ReplayedPolicies | undefined> {
  const { policy, version, document } = input
  const own = { layer: `workspace/${policy.name}`, pointer: '' }
  const options = { id: encodeId('policy', policy.id), version, own }
  const known = new Map<string, ReplayedPolicies | undefined>()
  return async (sha256) => {
    const digest = sha256.toString('hex')
    if (known.has(digest)) return known.get(digest)
    const layers = await findPolicyText(tx, sha256)
    const layer = { layer: 'workspace', name: policy.name, document } as const
    const policies = layers && compileReplay({ layers, sha256 }, layer, options)
    known.set(digest, policies)
    return policies
  }
}
