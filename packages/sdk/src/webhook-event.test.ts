import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { challengeBodySchema, ErasedEventBody, EventBody, EventData } from '@hyponema/contract'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import { renderEventTypes } from './test-harness/render-event-types.ts'
import type { WebhookEvent, WebhookEventData } from './webhook-event.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const path = 'packages/sdk/src/webhook-event.ts'

describe('the types of events', () => {
  it('are those of the catalogue', async () => {
    const biome = ['node_modules/@biomejs/biome/bin/biome', 'format', `--stdin-file-path=${path}`]
    const formatted = execFileSync(process.execPath, biome, { cwd: root, input: renderEventTypes(), encoding: 'utf8' })
    await expect(formatted).toMatchFileSnapshot('./webhook-event.ts')
  })

  it('say the same to the compiler as the contract does', () => {
    type Sent = EventBody | ErasedEventBody | z.infer<typeof challengeBodySchema>
    expectTypeOf<WebhookEvent>().toExtend<Sent>()
    expectTypeOf<Sent>().toExtend<WebhookEvent>()
    expectTypeOf<keyof WebhookEventData>().toEqualTypeOf<EventBody['type']>()
    expectTypeOf<WebhookEventData['guard.triggered']>().toEqualTypeOf<EventData<'guard.triggered'>>()
  })

  it('narrow by type once an erasure is told apart', () => {
    const turnsOf = (event: WebhookEvent): number | undefined => {
      if (event.data === null) return undefined
      return event.type === 'transcript.ready' ? event.data.turn_count : undefined
    }
    const head = { id: 'evt_1', type: 'transcript.ready', created_at: '2026-01-31T12:00:00.000Z' } as const
    expect(turnsOf({ ...head, data: { session_id: 'ses_1', turn_count: 4 } })).toBe(4)
    expect(turnsOf({ ...head, data: null, erased: true })).toBeUndefined()
  })
})
