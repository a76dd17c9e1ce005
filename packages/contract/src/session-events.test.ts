import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sessionEventSchemas } from './session-events.ts'

const turn_id = 'trn_01jd3v7t6zf3m8k2x9w4c5b6n7'

/** Every string without a fixed list of values, by its path, with what it holds. */
function freeStrings(schema: unknown, path: string): readonly (readonly [path: string, holds: unknown])[] {
  if (typeof schema !== 'object' || schema === null) return []
  const node = new Map<string, unknown>(Object.entries(schema))
  const own =
    node.get('type') === 'string' && !node.has('enum') && !node.has('const') ? [[path, node.get('holds')] as const] : []
  return [...own, ...Object.entries(schema).flatMap(([name, child]) => freeStrings(child, `${path}.${name}`))]
}

describe.each(Object.entries(sessionEventSchemas))('the event %s', (_name, schema) => {
  test('refuses a field that nobody named', () => {
    const result = schema.safeParse({ extra: 'words' })
    expect(result.error?.issues.some((issue) => issue.code === 'unrecognized_keys')).toBe(true)
  })
})

test('speaks only through token and what a visible tool was given and answered', () => {
  const cleared = Object.entries(sessionEventSchemas).flatMap(([name, schema]) =>
    freeStrings(z.toJSONSchema(schema), name).filter(([, holds]) => holds === 'cleared'),
  )
  expect(cleared.map(([path]) => path.replace(/\.\$defs\.\w+/, ''))).toEqual([
    'token.properties.text',
    'tool_call.properties.arguments',
    'tool_result.properties.result',
  ])
})

test.each(['take 400 mg', 'x'.repeat(65), '', 'ibuprofen\n'])(
  'refuses a call id in which something can be said: %s',
  (call_id) => {
    expect(sessionEventSchemas.tool_call.safeParse({ turn_id, call_id, name: 'book_slot' }).success).toBe(false)
  },
)
