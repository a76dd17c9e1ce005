import { challengeBodySchema, eventBodySchema, eventTypes } from '@hyponema/contract'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openApiDocument } from './open-api-document.ts'

const operationSchema = z.object({
  post: z.object({
    summary: z.string().startsWith('Sent when '),
    security: z.tuple([]),
    parameters: z.array(z.object({ name: z.string(), in: z.literal('header'), required: z.literal(true) })),
    requestBody: z.object({
      required: z.literal(true),
      content: z.object({ 'application/json': z.object({ example: z.unknown(), schema: z.looseObject({}) }) }),
    }),
    responses: z.object({ '2XX': z.looseObject({}), 410: z.looseObject({}), default: z.looseObject({}) }),
  }),
})

describe('the webhooks of the OpenAPI document', () => {
  const webhooks = z.record(z.string(), operationSchema).parse(openApiDocument([]).webhooks)

  it('are all types of the catalogue, and the challenge', () => {
    expect(Object.keys(webhooks)).toEqual([...eventTypes, 'webhook.challenge'])
  })

  it.each(Object.entries(webhooks))('%s names the three headers and has an example that is one', (name, { post }) => {
    const headers = ['webhook-id', 'webhook-timestamp', 'webhook-signature']
    expect(post.parameters.map((parameter) => parameter.name)).toEqual(headers)
    const type = z.enum(eventTypes).safeParse(name)
    const schema = type.success ? eventBodySchema(type.data) : challengeBodySchema
    const { example, schema: described } = post.requestBody.content['application/json']
    expect(schema.safeParse(example).error).toBeUndefined()
    expect(JSON.stringify(described)).toContain(`"${name}"`)
    expect(JSON.stringify(described).includes('#/components/schemas/ErasedEvent')).toBe(type.success)
  })
})
