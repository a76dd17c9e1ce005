import { type RetentionRules, retentionPresets, retentionRulesSchema } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { insertRules } from './store.ts'

/** What holds where nobody has set anything; `app.drop_expired_partition` says the same. */
export const usualPreset = 'standard'

/** The rules of this workspace. Unreadable ones are our failure, and nothing is removed by them. */
export function readRules(row: { readonly rules: unknown } | undefined): RetentionRules {
  if (row === undefined) return retentionPresets[usualPreset]
  const read = retentionRulesSchema.safeParse(row.rules)
  if (!read.success)
    throw new AppError('server.internal', 'the retention rules of a workspace cannot be read', { cause: read.error })
  return read.data
}

/** The row of this workspace is there afterwards, and may be locked. */
export async function ensureRules(tx: WorkspaceTx): Promise<void> {
  await insertRules(tx, { preset: usualPreset, rules: retentionPresets[usualPreset] })
}
