import { z } from 'zod'
import { type EventData, type EventType, eventCatalogue } from './event-catalogue.ts'
import { eventTypes } from './events.ts'
import { idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'

const head = {
  id: idSchema('event').meta({
    holds: 'id',
    description: 'Stays the same over all attempts and replays; also in webhook-id',
  }),
  created_at: timestampSchema.meta({ description: 'When the fact was committed, not when it was sent' }),
}

/** The body of a request that tells of one event, by its type: the whole of what is signed and sent. */
export function eventBodySchema<const Type extends EventType>(type: Type) {
  return z.strictObject({
    id: head.id,
    type: z.literal(type),
    created_at: head.created_at,
    data: eventCatalogue[type].data,
  })
}

/** What is sent of an event of a person whose data was erased before the event could be delivered. */
export const erasedEventBodySchema = z
  .strictObject({
    id: head.id,
    type: z.enum(eventTypes),
    created_at: head.created_at,
    data: z.null(),
    erased: z.literal(true),
  })
  .meta({ id: 'ErasedEvent', description: 'The data of its person was erased before it could be delivered' })

/** The one thing that an endpoint receives before it is enabled. It is no event: it is in no list and never sent again. */
export const challengeBodySchema = z.strictObject({
  id: head.id,
  type: z.literal('webhook.challenge'),
  created_at: head.created_at,
  data: z.strictObject({
    challenge: z
      .string()
      .regex(/^[A-Za-z0-9_-]{43}$/)
      .meta({ holds: 'id', description: 'Answer 2xx with {"challenge": this} or with this text alone' }),
  }),
})

/** An event as it is delivered. */
export type EventBody<Type extends EventType = EventType> = {
  [One in Type]: {
    readonly id: string
    readonly type: One
    readonly created_at: string
    readonly data: EventData<One>
  }
}[Type]

/** The same after an erasure: that it happened, and nothing of what it told. */
export type ErasedEventBody = {
  readonly id: string
  readonly type: EventType
  readonly created_at: string
  readonly data: null
  readonly erased: true
}
