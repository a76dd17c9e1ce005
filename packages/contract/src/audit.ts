import { z } from 'zod'
import { idSchema } from './ids.ts'
import { pageQuerySchema, timestampSchema } from './page.ts'
import { strictFields } from './strict-fields.ts'

export const auditEventSchema = strictFields({
  id: idSchema('auditEvent'),
  action: z.string(),
  actor: strictFields({ kind: z.string(), id: z.string() }),
  target: strictFields({ kind: z.string(), id: z.string() }).nullable(),
  request_id: z.string().nullable(),
  address: z.string().nullable(),
  user_agent: z.string().nullable(),
  occurred_at: timestampSchema,
  event: z
    .record(z.string(), z.unknown())
    .meta({ description: 'The canonical event (RFC 8785) that the leaf hash covers' }),
  leaf_hash: z.string().meta({ description: 'RFC 6962 leaf hash of the canonical event, hex' }),
  sequence: z.int().nullable().meta({ description: 'Its number in the tree, from 0; null until it is sealed' }),
}).meta({ id: 'AuditEvent' })

const moment = z.iso.datetime({ offset: true })

export const auditEventQuerySchema = pageQuerySchema.extend({
  action: z.string().max(100).optional().meta({ description: 'Exactly this action, such as `agent.published`' }),
  actor_id: z.string().max(200).optional().meta({ description: 'Exactly this actor' }),
  target_id: z.string().max(200).optional().meta({ description: 'Exactly this target' }),
  since: moment.optional().meta({ description: 'From this time on' }),
  until: moment.optional().meta({ description: 'Before this time' }),
})

const hashes = z.array(z.string()).meta({ description: 'Hashes, hex, in the order of RFC 9162 section 2.1' })

const signed = {
  checkpoint: z.string().meta({ description: 'The signed note (C2SP tlog-checkpoint)' }),
  verifier_key: z.string().meta({ description: 'The key that signs it (C2SP signed-note); keep it from before' }),
}

export const auditProofSchema = strictFields({
  event_id: idSchema('auditEvent'),
  sequence: z.int(),
  size: z.int().meta({ description: 'Of the tree that the checkpoint is of' }),
  leaf_hash: z.string(),
  root: z.string(),
  proof: hashes,
  ...signed,
}).meta({ id: 'AuditProof' })

export const auditCheckpointQuerySchema = z.object({
  since: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: 'The size of an earlier checkpoint: the answer proves that the log only grew since' }),
})

export const auditCheckpointSchema = strictFields({
  size: z.int(),
  root: z.string(),
  signed_at: timestampSchema,
  proof: hashes.nullable().meta({ description: 'Consistency with the tree of size `since`; null when not asked for' }),
  ...signed,
}).meta({ id: 'AuditCheckpoint' })

export const evidenceKeySchema = strictFields({
  id: z.string(),
  public_key: z.string().meta({ description: 'Ed25519, 32 bytes, base64' }),
  is_active: z.boolean(),
}).meta({ id: 'EvidenceKey' })
