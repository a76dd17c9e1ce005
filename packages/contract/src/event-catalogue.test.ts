import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { erasedEventBodySchema, eventBodySchema } from './event-body.ts'
import { eventCatalogue } from './event-catalogue.ts'
import { eventTypes } from './events.ts'

const describedSchema = z.object({
  properties: z.record(z.string(), z.object({ description: z.string().min(3) })),
})
const head = { id: 'evt_01jd3v8c3dj6q1p5a2z7f8e9r0', created_at: '2026-01-31T12:00:00.000Z' }

/** Their time is 20 November 2024, before any installation made ids; docs/webhooks.md promises it to receivers. */
const exampleId = /^[a-z]{3}_01jd3v[0-9a-z]{20}$/

describe('the catalogue of events', () => {
  it('has every type of the specification', () => {
    expect(eventTypes).toEqual([
      'session.started',
      'session.completed',
      'session.failed',
      'transcript.ready',
      'guard.triggered',
      'escalation.triggered',
      'escalation.resolved',
      'fatigue.alert',
      'contact.deferred',
      'credential.failing',
      'privacy_export.ready',
      'privacy_erasure.completed',
      'retention.purged',
      'webhook.disabled',
      'audit.checkpoint',
    ])
  })

  it.each(eventTypes)('%s has an example that its schema takes, and a description of every field', (type) => {
    const { data, example, when } = eventCatalogue[type]
    expect(eventBodySchema(type).safeParse({ ...head, type, data: example }).error).toBeUndefined()
    expect(when).toMatch(/^[a-z].{10,}[^.]$/)
    const { properties } = describedSchema.parse(z.toJSONSchema(data))
    expect(Object.keys(properties)).toEqual(Object.keys(data.shape))
  })

  it.each(eventTypes)('%s names nothing in its example that an installation could have made', (type) => {
    const ids = JSON.stringify(eventCatalogue[type].example).match(/[a-z]{3}_[0-9a-z]{26}/g) ?? []
    expect(ids.filter((id) => !exampleId.test(id))).toEqual([])
  })

  it('has an id in every example, by which a receiver knows a test', () => {
    const text = (type: (typeof eventTypes)[number]) => JSON.stringify(eventCatalogue[type].example)
    expect(eventTypes.filter((type) => !/[a-z]{3}_01jd3v[0-9a-z]{20}/.test(text(type)))).toEqual([])
  })

  it.each(eventTypes)('%s takes neither another field nor one less, nor another type', (type) => {
    const { example } = eventCatalogue[type]
    const schema = eventBodySchema(type)
    const body = { ...head, type, data: example }
    expect(schema.safeParse({ ...body, data: { ...example, text: 'words' } }).success).toBe(false)
    expect(schema.safeParse({ ...body, more: 1 }).success).toBe(false)
    expect(schema.safeParse({ ...body, data: null }).success).toBe(false)
    expect(schema.safeParse({ ...body, type: 'session.begun' }).success).toBe(false)
    for (const name of Object.keys(example)) {
      const rest = Object.fromEntries(Object.entries(example).filter(([key]) => key !== name))
      expect(schema.safeParse({ ...body, data: rest }).success, `without ${name}`).toBe(false)
    }
  })

  it.each(eventTypes)('%s after an erasure says that and nothing else', (type) => {
    const erased = { ...head, type, data: null, erased: true }
    expect(erasedEventBodySchema.safeParse(erased).success).toBe(true)
    expect(erasedEventBodySchema.safeParse({ ...erased, data: eventCatalogue[type].example }).success).toBe(false)
    expect(erasedEventBodySchema.safeParse({ ...erased, erased: false }).success).toBe(false)
  })
})
