import type { Brand } from '@hyponema/contract'

/**
 * Words that have passed the policy gate. The only thing that speech, transcript, history, client events and webhooks
 * accept where a model, a tool, a provider or a document had a hand in them. Made only in conversation/policy-gate.ts;
 * conversation/cleared-buffer.ts hands pieces of it on, in order and unchanged.
 */
export type Cleared = Brand<string, 'Cleared'>
