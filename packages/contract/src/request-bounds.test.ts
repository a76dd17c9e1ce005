import { expect, test } from 'vitest'
import { z } from 'zod'
import { createAgentSchema, publishAgentSchema, rollBackAgentSchema, updateAgentSchema } from './agents.ts'
import { createApiKeySchema, revokeApiKeySchema, rotateApiKeySchema, updateApiKeySchema } from './api-keys.ts'
import { createCredentialSchema } from './credentials.ts'
import { createInvitationSchema, refreshRequestSchema, updateMemberSchema } from './members.ts'
import { pageQuerySchema } from './page.ts'
import { createSessionSchema, endSessionSchema, sendMessageSchema } from './sessions.ts'
import { chooseWorkspaceSchema, confirmLinkSchema, enterCodeSchema, requestLinkSchema } from './sign-in.ts'
import { createUserSchema, updateUserSchema } from './users.ts'

const requests = {
  createAgentSchema,
  updateAgentSchema,
  publishAgentSchema,
  rollBackAgentSchema,
  createApiKeySchema,
  rotateApiKeySchema,
  revokeApiKeySchema,
  updateApiKeySchema,
  createCredentialSchema,
  pageQuerySchema,
  createSessionSchema,
  endSessionSchema,
  sendMessageSchema,
  createUserSchema,
  updateUserSchema,
  createInvitationSchema,
  updateMemberSchema,
  refreshRequestSchema,
  requestLinkSchema,
  confirmLinkSchema,
  enterCodeSchema,
  chooseWorkspaceSchema,
}

/** PostgreSQL's `integer`. */
const mostInteger = 2 ** 31 - 1

const nodeSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  pattern: z.string().optional(),
  maxLength: z.number().optional(),
  maxItems: z.number().optional(),
  maximum: z.number().optional(),
  additionalProperties: z.unknown().optional(),
  propertyNames: z.unknown().optional(),
})

/** Every place of a request whose length, size or number of entries nothing limits. */
function unbounded(node: unknown, path: string): readonly string[] {
  if (Array.isArray(node)) return node.flatMap((entry, index) => unbounded(entry, `${path}/${index}`))
  if (typeof node !== 'object' || node === null) return []
  const schema = nodeSchema.safeParse(node)
  const here = schema.success && !isBounded(schema.data) ? [path] : []
  return [...here, ...Object.entries(node).flatMap(([key, inner]) => unbounded(inner, `${path}/${key}`))]
}

function isBounded(node: z.infer<typeof nodeSchema>): boolean {
  if ('enum' in node || 'const' in node) return true
  switch (node.type) {
    case 'string':
      return node.maxLength !== undefined || isBoundedPattern(node.pattern)
    case 'array':
      return node.maxItems !== undefined
    case 'integer':
      return node.maximum !== undefined && node.maximum <= mostInteger
    case 'number':
      return node.maximum !== undefined
    case 'object':
      return node.additionalProperties === false || node.propertyNames !== undefined
    default:
      return true
  }
}

function isBoundedPattern(pattern: string | undefined): boolean {
  return pattern !== undefined && /^\^.*\$$/.test(pattern) && !/[*+]|\{\d+,\}/.test(pattern)
}

test.each(Object.entries(requests))('every field of %s has its most', (_name, schema) => {
  expect(unbounded(z.toJSONSchema(schema, { io: 'input' }), '')).toEqual([])
})

test('the walk finds what has no bound', () => {
  const open = z.strictObject({
    text: z.string(),
    pattern: z.string().regex(/^a+$/),
    list: z.array(z.boolean()),
    count: z.int(),
    anything: z.looseObject({}),
  })
  expect(unbounded(z.toJSONSchema(open, { io: 'input' }), '')).toEqual([
    '/properties/text',
    '/properties/pattern',
    '/properties/list',
    '/properties/count',
    '/properties/anything',
  ])
})
