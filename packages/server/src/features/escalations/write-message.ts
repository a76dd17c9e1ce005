import type { Uuid } from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { Mutation, Mutations } from '../../guards/mutations.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { sendMessage } from './send-message.ts'

/** Says something to the person in an act of its own, audited, and once however often it comes under one key. */
export function writeMessage(
  deps: {
    readonly mutations: Mutations
    readonly contentKeys: ContentKeys
    readonly clock: Clock
    readonly newId: NewId
  },
  called: Pick<Mutation<Uuid, Uuid>, 'principal' | 'request' | 'idempotencyKey'>,
  message: { readonly id: Uuid; readonly text: string },
): Promise<Uuid> {
  return deps.mutations.run({
    ...called,
    route: 'POST /v1/escalations/{id}/messages',
    status: 201,
    input: message,
    work: (tx) => sendMessage(tx, { ...deps, principal: called.principal, ...message }),
    read: (_tx, messageId) => Promise.resolve(messageId),
  })
}
