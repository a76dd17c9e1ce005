import type { escalationSchema, talkMessageSchema, Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { Principal } from '../../../kernel/principal.ts'
import type { RequestContext } from '../../../kernel/request-context.ts'

export type LiveQueue = { readonly data: readonly z.infer<typeof escalationSchema>[]; readonly hasMore: boolean }
/** `data` is absent where nothing has changed since `seen`. */
export type LiveTalk = { readonly mark: string; readonly data?: readonly z.infer<typeof talkMessageSchema>[] }

/** What an operator sees and does, asked anew each time with who the operator is at that time. */
export type OperatorDesk = {
  /** Throws when the principal of the ticket is gone or has changed, or may not see escalations. */
  readonly who: () => Promise<Principal>
  readonly queue: (principal: Principal) => Promise<LiveQueue>
  /** Throws escalation.not_claimed, escalation.claimed, escalation.resolved or request.not_found. */
  readonly talk: (
    principal: Principal,
    watched: { readonly id: Uuid; readonly seen: string | undefined },
  ) => Promise<LiveTalk>
  readonly say: (message: {
    readonly principal: Principal
    readonly id: Uuid
    readonly text: string
    readonly key: string
  }) => Promise<Uuid>
}

export type OpenDesk = (opening: {
  readonly ticket: string
  readonly request: RequestContext
}) => Promise<{ readonly desk: OperatorDesk; readonly principal: Principal }>
