import {
  type RetentionRules,
  retentionPresets,
  retentionRulesSchema,
  type setRetentionSchema,
} from '@hyponema/contract'
import type { z } from 'zod'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import { fieldErrors } from '../../kernel/field-errors.ts'
import { ensureRules, readRules } from './read-rules.ts'
import { lockRules, updateRules } from './store.ts'

/** Changes how long the workspace keeps things. The next run removes what a shorter rule lets go of; nothing comes back. */
export async function updateRetention(
  tx: AuditedTx,
  { change, now }: { change: z.infer<typeof setRetentionSchema>; now: Date },
): Promise<void> {
  await ensureRules(tx)
  const row = await lockRules(tx, 'update')
  const before = readRules(row)
  const after = applyChange(before, change)
  const hasOwn = Object.keys(change.rules ?? {}).length > 0
  const preset = hasOwn ? null : (change.preset ?? row.preset)
  await updateRules(tx, { preset, rules: after, now })
  await tx.audit({ action: 'retention.changed', target: { kind: 'workspace', id: tx.workspaceId }, before, after })
}

function applyChange(before: RetentionRules, change: z.infer<typeof setRetentionSchema>): RetentionRules {
  const base = change.preset === undefined ? before : retentionPresets[change.preset]
  const read = retentionRulesSchema.safeParse({ ...base, ...change.rules })
  if (read.success) return read.data
  throw new AppError('request.invalid', 'rules that contradict each other', {
    errors: fieldErrors(read.error, '/rules'),
  })
}
