/**
 * Everything that leaves through webhooks: for each type when it is sent, the schema of its `data`, and an example.
 *
 * Every field is an id, an enum, a time, a number, or text in an alphabet too narrow for a sentence; each string that is
 * not an enum or a time says so in `holds`, and a test walks them. So no event carries a word of a conversation.
 */
import { z } from 'zod'
import { credentialKinds } from './credentials.ts'
import { actions, stages } from './decision.ts'
import { type IdKind, idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'
import { endReasons, modalities } from './sessions.ts'
import { webhookDisabledReasons } from './webhook-states.ts'

const id = (kind: IdKind, description: string) => idSchema(kind).meta({ holds: 'id', description })
/** The description stands on the whole, where readers of the schema look for it. */
const orNull = <Field extends z.ZodType>(field: Field) => field.nullable().meta({ ...field.meta() })
const time = (description: string) => timestampSchema.meta({ description })
const count = (description: string) => z.int().min(0).meta({ description })
const sha256 = (description: string) =>
  z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .meta({ holds: 'id', description })
const base64 = (bytes: number, description: string) => {
  const characters = Math.ceil((bytes * 8) / 6)
  const pattern = new RegExp(`^[A-Za-z0-9+/]{${characters}}={${(4 - (characters % 4)) % 4}}$`)
  return z.string().regex(pattern).meta({ holds: 'id', description })
}

const sessionId = id('session', 'The session')
const turnCount = count('How many turns were written')

const sessionEnd = z.strictObject({
  session_id: sessionId,
  end_reason: z.enum(endReasons).meta({ description: 'Why it ended' }),
  turn_count: turnCount,
})

const decided = {
  session_id: sessionId,
  turn_id: id('turn', 'The turn in which it was decided'),
  decision_id: id('decision', 'The decision, which an operator can open'),
  stage: z.enum(stages).meta({ description: 'Where in the turn' }),
  action: z.enum(actions).exclude(['allow']).meta({ description: 'What was done' }),
}

/** What data is kept in, as retention and erasure count it. */
export const dataClasses = [
  'profile',
  'sessions',
  'turns',
  'tool_payloads',
  'decisions',
  'recordings',
  'escalations',
  'contact_attempts',
  'memories',
  'outbox_events',
  'webhook_attempts',
  'traces',
  'audit_events',
] as const
export type DataClass = (typeof dataClasses)[number]
const dataClass = z.enum(dataClasses)

const sessionExample = { session_id: 'ses_01jd3v7t6zf3m8k2x9w4c5b6n7' }
const userExample = { user_id: 'usr_01jd3v7r4xe2k7j1w8v3b4a5m6' }
const decisionExample = {
  ...sessionExample,
  turn_id: 'trn_01jd3v8a1bg4n9m3y0x5d6c7p8',
  decision_id: 'dec_01jd3v8b2ch5p0n4z1y6e7d8q9',
}

export const eventCatalogue = {
  'session.started': {
    when: 'somebody has joined a session',
    data: z.strictObject({
      session_id: sessionId,
      agent_id: id('agent', 'The agent that it is with'),
      agent_version: z.int().min(1).meta({ description: 'The published version that it keeps to its end' }),
      user_id: id('user', 'The person'),
      modality: z.enum(modalities).meta({ description: 'Text, voice or both' }),
    }),
    example: {
      ...sessionExample,
      agent_id: 'agt_01jd3v7p2vd1h6g0t7s2a3z4k5',
      agent_version: 3,
      ...userExample,
      modality: 'voice',
    },
  },
  'session.completed': {
    when: 'a session has come to its end',
    data: sessionEnd,
    example: { ...sessionExample, end_reason: 'ended_by_client', turn_count: 12 },
  },
  'session.failed': {
    when: 'a session was never joined, or broke off',
    data: sessionEnd,
    example: { ...sessionExample, end_reason: 'never_joined', turn_count: 0 },
  },
  'transcript.ready': {
    when: 'a session has ended and all of its turns can be read',
    data: z.strictObject({ session_id: sessionId, turn_count: turnCount }),
    example: { ...sessionExample, turn_count: 12 },
  },
  'guard.triggered': {
    when: 'a rule decided anything but `allow`, at any stage but `escalation`',
    data: z.strictObject(decided),
    example: { ...decisionExample, stage: 'output', action: 'replace' },
  },
  'escalation.triggered': {
    when: 'the escalation stage decided that a person is needed',
    data: z.strictObject(decided),
    example: { ...decisionExample, stage: 'escalation', action: 'escalate' },
  },
  'escalation.resolved': {
    when: 'a person took an escalation and closed it, or its time ran out',
    data: z.strictObject({
      session_id: sessionId,
      decision_id: id('decision', 'The decision that `escalation.triggered` named'),
      outcome: z.enum(['taken_over', 'handled', 'dismissed', 'unanswered']).meta({ description: 'How it ended' }),
      fallback: z
        .enum(['callback', 'message', 'end'])
        .nullable()
        .meta({ description: 'What the policy did when nobody answered; null where somebody did' }),
      resolved_by: orNull(id('operator', 'Who closed it; null where nobody did')),
      waited_ms: count('From the decision until somebody took it, or until its time ran out'),
    }),
    example: {
      ...sessionExample,
      decision_id: 'dec_01jd3v8b2ch5p0n4z1y6e7d8q9',
      outcome: 'handled',
      fallback: null,
      resolved_by: 'opr_01jd3v6n1tc0g5f9s6r1z2y3j4',
      waited_ms: 41_250,
    },
  },
  'fatigue.alert': {
    when: 'the fatigue score of a person crossed a threshold of the policy',
    data: z.strictObject({
      session_id: sessionId,
      user_id: id('user', 'The person'),
      decision_id: id('decision', 'The decision of the tick stage'),
      score: z.number().min(0).max(1).meta({ description: 'The score of the window, 0 to 1' }),
      signals: z
        .array(
          z.enum([
            'time_today',
            'sessions_today',
            'night_hour',
            'words_of_tiredness',
            'shorter_replies',
            'slower_replies',
            'repeats',
          ]),
        )
        .max(7)
        .meta({ description: 'What raised it' }),
      response: z
        .enum(['soften', 'suggest_break', 'wind_down', 'end'])
        .meta({ description: 'What the threshold asks the agent to do' }),
    }),
    example: {
      ...sessionExample,
      ...userExample,
      decision_id: 'dec_01jd3v8b2ch5p0n4z1y6e7d8q9',
      score: 0.72,
      signals: ['time_today', 'night_hour'],
      response: 'suggest_break',
    },
  },
  'contact.deferred': {
    when: 'a contact was asked for and may not be made yet',
    data: z.strictObject({
      user_id: id('user', 'The person'),
      channel: z.enum(['voice', 'text']).meta({ description: 'How the person would have been reached' }),
      class: z.enum(['ordinary', 'transactional', 'emergency']).meta({ description: 'The class that was asked for' }),
      reason: z
        .enum(['sleep_window', 'holiday', 'contact_cap', 'unknown_time_zone'])
        .meta({ description: 'What stands against it' }),
      allowed_at: orNull(
        time('The next instant at which it is allowed; null: nobody can say, because the time zone is not known'),
      ),
    }),
    example: {
      ...userExample,
      channel: 'voice',
      class: 'ordinary',
      reason: 'sleep_window',
      allowed_at: '2026-02-01T08:00:00.000Z',
    },
  },
  'credential.failing': {
    when: 'a provider has refused a stored key',
    data: z.strictObject({
      credential_id: id('credential', 'The credential'),
      version: z.int().min(1).meta({ description: 'The version that was refused' }),
      kind: z.enum(credentialKinds).meta({ description: 'What it is for' }),
      reason: z.enum(['rejected', 'quota_used_up']).meta({ description: 'What the provider has against it' }),
      failing_since: time('The first refusal in a row'),
    }),
    example: {
      credential_id: 'crd_01jd3v5m0sb9f4e8r5q0y1x2h3',
      version: 2,
      kind: 'model',
      reason: 'rejected',
      failing_since: '2026-01-31T11:58:30.000Z',
    },
  },
  'privacy_export.ready': {
    when: 'the archive of a person is ready to be fetched by an operator',
    data: z.strictObject({
      user_id: id('user', 'The person'),
      sha256: sha256('SHA-256 of the archive, in hexadecimal'),
      bytes: count('Its length'),
      expires_at: time('When it can no longer be fetched. No link is sent: whoever fetches it signs in'),
    }),
    example: {
      ...userExample,
      sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      bytes: 1_048_576,
      expires_at: '2026-02-01T12:00:00.000Z',
    },
  },
  'privacy_erasure.completed': {
    when: 'everything about a person has been destroyed and its absence was checked',
    data: z.strictObject({
      user_id: id('user', 'The id that the person had; nothing else is left'),
      verified_absent_at: time('When the search for what is left found nothing'),
      destroyed: z.partialRecord(dataClass, z.int().min(0)).meta({ description: 'How many of each class' }),
      kept: z
        .array(z.strictObject({ class: dataClass, reason: z.enum(['legal_hold', 'audit_duty', 'legal_claim']) }))
        .meta({ description: 'What was kept, and why' }),
      backups_unreadable_from: time('From then on no backup opens what was erased'),
      receipt: z
        .strictObject({
          sha256: sha256('SHA-256 of the stored receipt, in hexadecimal'),
          key_id: z
            .string()
            .regex(/^[A-Za-z0-9_-]{1,64}$/)
            .meta({ holds: 'name', description: 'The key that signed it' }),
          signature: base64(64, 'Ed25519 (RFC 8032) over the receipt, in base64'),
        })
        .meta({ description: 'What proves it; an operator can fetch the receipt itself' }),
    }),
    example: {
      ...userExample,
      verified_absent_at: '2026-01-31T12:00:00.000Z',
      destroyed: { profile: 1, sessions: 4, turns: 96, decisions: 7 },
      kept: [{ class: 'audit_events', reason: 'audit_duty' }],
      backups_unreadable_from: '2026-03-31T00:00:00.000Z',
      receipt: {
        sha256: '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752',
        key_id: 'sig-1',
        signature: `${'A'.repeat(85)}A==`,
      },
    },
  },
  'retention.purged': {
    when: 'a retention run removed what was older than its rule',
    data: z.strictObject({
      agent_id: orNull(id('agent', 'The agent with a rule of its own; null for the rule of the workspace')),
      class: dataClass.meta({ description: 'What was removed' }),
      retention_days: count('The rule that was applied; 0 is never'),
      older_than: time('Everything from before it is gone'),
      rows: count('How many rows'),
      objects: count('How many stored objects, such as recordings'),
    }),
    example: {
      agent_id: 'agt_01jd3v7p2vd1h6g0t7s2a3z4k5',
      class: 'turns',
      retention_days: 30,
      older_than: '2026-01-01T00:00:00.000Z',
      rows: 1204,
      objects: 0,
    },
  },
  'webhook.disabled': {
    when: 'an endpoint was turned off',
    data: z.strictObject({
      webhook_id: id('webhook', 'The endpoint'),
      reason: z.enum(webhookDisabledReasons).meta({
        description: 'An operator, five days without one success, or the answer 410',
      }),
      failing_since: orNull(time('The first failure after the last success; null where it was not failing')),
      last_success_at: orNull(time('null where it never had one')),
    }),
    example: {
      webhook_id: 'whk_01jd3v4k9ra8e3d7q4p9x0w1g2',
      reason: 'failing',
      failing_since: '2026-01-26T12:00:00.000Z',
      last_success_at: '2026-01-26T11:59:58.000Z',
    },
  },
  'audit.checkpoint': {
    when: 'the audit log has grown, at most once an hour',
    data: z.strictObject({
      origin: z
        .string()
        .regex(/^[A-Za-z0-9./_-]{1,200}$/)
        .meta({ holds: 'id', description: 'The first line of the checkpoint: which log it is' }),
      tree_size: z.int().min(1).meta({ description: 'How many events it covers' }),
      root_hash: base64(32, 'Root of the Merkle tree (RFC 6962) over them, in base64'),
      checkpoint: z
        .string()
        .max(4096)
        .regex(
          /^[A-Za-z0-9./_-]{1,200}\n\d{1,16}\n[A-Za-z0-9+/]{43}=\n\n(?:\u2014 [A-Za-z0-9./_+-]{1,200} [A-Za-z0-9+/=]{1,200}\n)+$/,
        )
        .meta({ holds: 'id', description: 'The signed note (C2SP tlog-checkpoint) as it stands; keep it' }),
    }),
    example: {
      origin: 'hyponema/wsp_01jd3v3j8qz7d2c6p3n8w9v0f1',
      tree_size: 20_852_163,
      root_hash: 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=',
      checkpoint: [
        'hyponema/wsp_01jd3v3j8qz7d2c6p3n8w9v0f1',
        '20852163',
        'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=',
        '',
        `\u2014 hyponema/wsp_01jd3v3j8qz7d2c6p3n8w9v0f1 ${'A'.repeat(92)}`,
        '',
      ].join('\n'),
    },
  },
} as const satisfies Readonly<Record<string, EventEntry>>

type EventEntry = {
  /** Reads on from "sent when". */
  readonly when: string
  readonly data: z.ZodObject
  readonly example: Readonly<Record<string, unknown>>
}

export type EventType = keyof typeof eventCatalogue

/** The `data` of one type. */
export type EventData<Type extends EventType> = Readonly<z.infer<(typeof eventCatalogue)[Type]['data']>>
