/**
 * Made from the event catalogue of `@hyponema/contract` by `render-event-types.ts`; a test compares the two.
 * `npx vitest run packages/sdk/src/webhook-event.test.ts --update` makes it again.
 */

/** The `data` of each type of event. */
export type WebhookEventData = {
  /** Sent when somebody has joined a session. */
  'session.started': {
    /** The session */
    readonly session_id: string

    /** The agent that it is with */
    readonly agent_id: string

    /** The published version that it keeps to its end */
    readonly agent_version: number

    /** The person */
    readonly user_id: string

    /** Text, voice or both */
    readonly modality: 'text' | 'voice' | 'voice+text'
  }

  /** Sent when a session has come to its end. */
  'session.completed': {
    /** The session */
    readonly session_id: string

    /** Why it ended */
    readonly end_reason:
      | 'ended_by_backend'
      | 'ended_by_client'
      | 'ended_by_agent'
      | 'ended_by_policy'
      | 'escalated'
      | 'turn_limit'
      | 'token_limit'
      | 'idle'
      | 'client_lost'
      | 'provider_failed'
      | 'expired'
      | 'never_joined'
      | 'owner_lost'
      | 'server_stopped'
      | 'commit_failed'

    /** How many turns were written */
    readonly turn_count: number
  }

  /** Sent when a session was never joined, or broke off. */
  'session.failed': {
    /** The session */
    readonly session_id: string

    /** Why it ended */
    readonly end_reason:
      | 'ended_by_backend'
      | 'ended_by_client'
      | 'ended_by_agent'
      | 'ended_by_policy'
      | 'escalated'
      | 'turn_limit'
      | 'token_limit'
      | 'idle'
      | 'client_lost'
      | 'provider_failed'
      | 'expired'
      | 'never_joined'
      | 'owner_lost'
      | 'server_stopped'
      | 'commit_failed'

    /** How many turns were written */
    readonly turn_count: number
  }

  /** Sent when a session has ended and all of its turns can be read. */
  'transcript.ready': {
    /** The session */
    readonly session_id: string

    /** How many turns were written */
    readonly turn_count: number
  }

  /** Sent when a rule decided anything but `allow`, at any stage but `escalation`. */
  'guard.triggered': {
    /** The session */
    readonly session_id: string

    /** The turn in which it was decided */
    readonly turn_id: string

    /** The decision, which an operator can open */
    readonly decision_id: string

    /** Where in the turn */
    readonly stage: 'input' | 'retrieval' | 'tool_call' | 'tool_result' | 'output' | 'escalation' | 'contact' | 'tick'

    /** What was done */
    readonly action: 'annotate' | 'redact' | 'replace' | 'confirm' | 'defer' | 'deny' | 'escalate' | 'end'
  }

  /** Sent when the escalation stage decided that a person is needed. */
  'escalation.triggered': {
    /** The session */
    readonly session_id: string

    /** The turn in which it was decided */
    readonly turn_id: string

    /** The decision, which an operator can open */
    readonly decision_id: string

    /** Where in the turn */
    readonly stage: 'input' | 'retrieval' | 'tool_call' | 'tool_result' | 'output' | 'escalation' | 'contact' | 'tick'

    /** What was done */
    readonly action: 'annotate' | 'redact' | 'replace' | 'confirm' | 'defer' | 'deny' | 'escalate' | 'end'
  }

  /** Sent when a person took an escalation and closed it, or its time ran out. */
  'escalation.resolved': {
    /** The session */
    readonly session_id: string

    /** The decision that `escalation.triggered` named */
    readonly decision_id: string

    /** How it ended */
    readonly outcome: 'taken_over' | 'handled' | 'dismissed' | 'unanswered'

    /** What the policy did when nobody answered; null where somebody did */
    readonly fallback: 'callback' | 'message' | 'end' | null

    /** Who closed it; null where nobody did */
    readonly resolved_by: string | null

    /** From the decision until somebody took it, or until its time ran out */
    readonly waited_ms: number
  }

  /** Sent when the fatigue score of a person crossed a threshold of the policy. */
  'fatigue.alert': {
    /** The session */
    readonly session_id: string

    /** The person */
    readonly user_id: string

    /** The decision of the tick stage */
    readonly decision_id: string

    /** The score of the window, 0 to 1 */
    readonly score: number

    /** What raised it */
    readonly signals: (
      | 'time_today'
      | 'sessions_today'
      | 'night_hour'
      | 'words_of_tiredness'
      | 'shorter_replies'
      | 'slower_replies'
      | 'repeats'
    )[]

    /** What the threshold asks the agent to do */
    readonly response: 'soften' | 'suggest_break' | 'wind_down' | 'end'
  }

  /** Sent when a contact was asked for and may not be made yet. */
  'contact.deferred': {
    /** The person */
    readonly user_id: string

    /** How the person would have been reached */
    readonly channel: 'voice' | 'text'

    /** The class that was asked for */
    readonly class: 'ordinary' | 'transactional' | 'emergency'

    /** What stands against it */
    readonly reason: 'sleep_window' | 'holiday' | 'contact_cap' | 'unknown_time_zone'

    /** The next instant at which it is allowed; null: nobody can say, because the time zone is not known */
    readonly allowed_at: string | null
  }

  /** Sent when a provider has refused a stored key. */
  'credential.failing': {
    /** The credential */
    readonly credential_id: string

    /** The version that was refused */
    readonly version: number

    /** What it is for */
    readonly kind: 'model' | 'speech' | 'voice' | 'telephony' | 'webhook' | 'internal_api'

    /** What the provider has against it */
    readonly reason: 'rejected' | 'quota_used_up'

    /** The first refusal in a row */
    readonly failing_since: string
  }

  /** Sent when the archive of a person is ready to be fetched by an operator. */
  'privacy_export.ready': {
    /** The person */
    readonly user_id: string

    /** SHA-256 of the archive, in hexadecimal */
    readonly sha256: string

    /** Its length */
    readonly bytes: number

    /** When it can no longer be fetched. No link is sent: whoever fetches it signs in */
    readonly expires_at: string
  }

  /** Sent when everything about a person has been destroyed and its absence was checked. */
  'privacy_erasure.completed': {
    /** The id that the person had; nothing else is left */
    readonly user_id: string

    /** When the search for what is left found nothing */
    readonly verified_absent_at: string

    /** How many of each class */
    readonly destroyed: Readonly<
      Partial<
        Record<
          | 'profile'
          | 'sessions'
          | 'turns'
          | 'tool_payloads'
          | 'decisions'
          | 'recordings'
          | 'escalations'
          | 'contact_attempts'
          | 'memories'
          | 'outbox_events'
          | 'webhook_attempts'
          | 'traces'
          | 'audit_events',
          number
        >
      >
    >

    /** What was kept, and why */
    readonly kept: {
      readonly class:
        | 'profile'
        | 'sessions'
        | 'turns'
        | 'tool_payloads'
        | 'decisions'
        | 'recordings'
        | 'escalations'
        | 'contact_attempts'
        | 'memories'
        | 'outbox_events'
        | 'webhook_attempts'
        | 'traces'
        | 'audit_events'
      readonly reason: 'legal_hold' | 'audit_duty' | 'legal_claim'
    }[]

    /** From then on no backup opens what was erased */
    readonly backups_unreadable_from: string

    /** What proves it; an operator can fetch the receipt itself */
    readonly receipt: {
      /** SHA-256 of the stored receipt, in hexadecimal */
      readonly sha256: string

      /** The key that signed it */
      readonly key_id: string

      /** Ed25519 (RFC 8032) over the receipt, in base64 */
      readonly signature: string
    }
  }

  /** Sent when a retention run removed what was older than its rule. */
  'retention.purged': {
    /** The agent with a rule of its own; null for the rule of the workspace */
    readonly agent_id: string | null

    /** What was removed */
    readonly class:
      | 'profile'
      | 'sessions'
      | 'turns'
      | 'tool_payloads'
      | 'decisions'
      | 'recordings'
      | 'escalations'
      | 'contact_attempts'
      | 'memories'
      | 'outbox_events'
      | 'webhook_attempts'
      | 'traces'
      | 'audit_events'

    /** The rule that was applied; 0 is never */
    readonly retention_days: number

    /** Everything from before it is gone */
    readonly older_than: string

    /** How many rows */
    readonly rows: number

    /** How many stored objects, such as recordings */
    readonly objects: number
  }

  /** Sent when an endpoint was turned off. */
  'webhook.disabled': {
    /** The endpoint */
    readonly webhook_id: string

    /** An operator, five days without one success, or the answer 410 */
    readonly reason: 'by_operator' | 'failing' | 'gone'

    /** The first failure after the last success; null where it was not failing */
    readonly failing_since: string | null

    /** null where it never had one */
    readonly last_success_at: string | null
  }

  /** Sent when the audit log has grown, at most once an hour. */
  'audit.checkpoint': {
    /** The first line of the checkpoint: which log it is */
    readonly origin: string

    /** How many events it covers */
    readonly tree_size: number

    /** Root of the Merkle tree (RFC 6962) over them, in base64 */
    readonly root_hash: string

    /** The signed note (C2SP tlog-checkpoint) as it stands; keep it */
    readonly checkpoint: string
  }
}

type Told = {
  [Type in keyof WebhookEventData]: {
    /** Stays the same over all attempts and replays: what to remember, so that an event is not done twice. */
    readonly id: string
    readonly type: Type
    /** When the fact was committed, not when it was sent. */
    readonly created_at: string
    readonly data: WebhookEventData[Type]
  }
}[keyof WebhookEventData]

/** The data of its person was erased before the event could be delivered: that it was is all that is left of it. */
type Erased = {
  readonly id: string
  readonly type: keyof WebhookEventData
  readonly created_at: string
  readonly data: null
  readonly erased: true
}

/** Sent once somebody asks to verify the endpoint: answer 2xx with `{ "challenge": data.challenge }`. */
type Challenge = {
  readonly id: string
  readonly type: 'webhook.challenge'
  readonly created_at: string
  readonly data: { readonly challenge: string }
}

/** What a request says. Where `data` is null, it was erased. */
export type WebhookEvent = Told | Erased | Challenge
