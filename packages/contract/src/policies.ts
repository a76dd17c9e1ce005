/** Policies of a workspace: drafts, versions, what they would change, and what they are tried on (runtime-safety 6). */
import { z } from 'zod'
import { idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'
import { policyDocumentSchema, policyLimits } from './policy-document.ts'
import { policyLibraryNames } from './policy-library.ts'
import { policyReportSchema } from './policy-report.ts'
import { policyNameSchema } from './policy-words.ts'
import { strictFields } from './strict-fields.ts'

/** What PostgreSQL's `integer` holds; a larger number names nothing that exists. */
const maxInteger = 2_147_483_647

const versionNumberSchema = z.int().min(1).max(maxInteger)

const agentsSchema = z
  .array(idSchema('agent'))
  .max(200)
  .meta({ description: 'Whom it holds; nobody named: every agent of the workspace' })

const textSchema = z.string().min(1).max(policyLimits.documentBytes).meta({
  description: 'The document as YAML or JSON text, in place of `document`; errors then name line and column',
})

export const createPolicySchema = strictFields({
  name: policyNameSchema.meta({
    description: 'Unique in the workspace, and part of its rule ids; it cannot be changed',
  }),
  document: policyDocumentSchema.optional(),
  text: textSchema.optional(),
  from: z.enum(policyLibraryNames).optional().meta({ description: 'A ready policy to begin with, in place of both' }),
  agents: agentsSchema.default([]),
})
  .refine(({ document, text, from }) => [document, text, from].filter((one) => one !== undefined).length <= 1, {
    path: ['text'],
    message: 'expected one of `document`, `text` and `from`',
  })
  .meta({ id: 'CreatePolicy' })

export const updatePolicySchema = strictFields({
  document: policyDocumentSchema.optional(),
  text: textSchema.optional(),
  agents: agentsSchema.optional(),
  draft_revision: z.int().min(1).max(maxInteger).optional().meta({
    description: 'When given, the draft is changed only if it still has this revision',
  }),
})
  .refine(({ document, text }) => document === undefined || text === undefined, {
    path: ['text'],
    message: 'expected `document` or `text`, found both',
  })
  .meta({ id: 'UpdatePolicy' })

export const publishPolicySchema = strictFields({ note: z.string().max(500).optional() }).meta({ id: 'PublishPolicy' })

export const rollBackPolicySchema = strictFields({
  version: versionNumberSchema.nullable().meta({ description: 'null takes the policy out of force' }),
  reason: z.string().max(500).optional(),
}).meta({ id: 'RollBackPolicy' })

export const shadowPolicySchema = strictFields({
  version: versionNumberSchema.optional().meta({ description: 'Absent: the newest version' }),
  share: z.int().min(0).max(100).meta({
    description: 'Of a hundred sessions, how many it decides beside, without effect; 0 ends it',
  }),
}).meta({ id: 'ShadowPolicy' })

export const checkPolicySchema = strictFields({
  document: policyDocumentSchema.optional(),
  text: textSchema.optional(),
}).meta({ id: 'CheckPolicy', description: 'Neither: the draft' })

export const policyDiagnosticSchema = z
  .strictObject({
    severity: z.enum(['error', 'warning']),
    pointer: z.string(),
    line: z.int().optional(),
    column: z.int().optional(),
    message: z.string(),
    fix: z.string().meta({ description: 'What to write instead' }),
  })
  .meta({ id: 'PolicyDiagnostic' })

export const policySummarySchema = z
  .strictObject({
    id: idSchema('policy'),
    name: z.string(),
    draft_revision: z.int(),
    published_version: z.int().nullable().meta({ description: 'null: not in force' }),
    shadow: z.strictObject({ version: z.int(), share: z.int() }).nullable(),
    agents: agentsSchema,
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'PolicySummary' })

export const policySchema = policySummarySchema
  .extend({
    draft: policyDocumentSchema,
    warnings: z.array(policyDiagnosticSchema).meta({ description: 'What is probably not meant so in the draft' }),
  })
  .meta({ id: 'Policy' })

export const policyVersionSchema = z
  .strictObject({
    policy_id: idSchema('policy'),
    version: z.int(),
    document: policyDocumentSchema,
    sha256: z.string().meta({ description: 'SHA-256 of the canonical document (RFC 8785), hex' }),
    note: z.string().nullable(),
    published_at: timestampSchema,
    published_by: z.string(),
    current: z.boolean(),
  })
  .meta({ id: 'PolicyVersion' })

export const policyCheckSchema = z
  .strictObject({
    ok: z.boolean().meta({ description: 'It could be published' }),
    diagnostics: z.array(policyDiagnosticSchema),
    tests: z.strictObject({
      run: z.int(),
      failures: z.array(z.strictObject({ pointer: z.string(), expected: z.string(), found: z.string() })),
    }),
    zones: policyReportSchema.shape.zones.meta({
      description: 'How well the examples of each zone do; none: no zone has any',
    }),
  })
  .meta({ id: 'PolicyCheck' })

export const replayPolicySchema = strictFields({
  sessions: z
    .int()
    .min(1)
    .max(200)
    .default(20)
    .meta({ description: 'The newest that have ended or go on, of its agents' }),
  version: versionNumberSchema.optional().meta({ description: 'Absent: the draft' }),
}).meta({ id: 'ReplayPolicy' })

const replayedDecisionSchema = z.strictObject({
  stage: z.string(),
  action: z.string(),
  rule_ids: z.array(z.string()),
})

export const policyReplaySchema = z
  .strictObject({
    sessions: z.strictObject({
      asked: z.int(),
      done: z.int().meta({ description: 'Fewer than asked: there are no more, or the time was over' }),
      out_of_time: z.boolean(),
    }),
    turns: z.strictObject({ judged: z.int(), changed: z.int() }),
    changes: z
      .array(
        z.strictObject({
          session_id: idSchema('session'),
          turn_id: idSchema('turn'),
          decided: z.array(replayedDecisionSchema).meta({ description: 'What was decided then' }),
          would_decide: z
            .array(replayedDecisionSchema)
            .meta({ description: 'What this version decides about the same' }),
        }),
      )
      .meta({ description: 'Turns about which it decides otherwise, at most 500' }),
  })
  .meta({ id: 'PolicyReplay' })
