/** No route returns a secret that is kept: what an answer could hold by its schema is walked, and each exception is shown once and has its reason. */
import { linkRequestedSchema, refreshedSessionSchema, signInAnswerSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Api, openApi } from '../api/api-harness.ts'

/** Names that a secret goes by. */
const secretName =
  /secret|token|password|pass_?phrase|key|sealed|wrapped|private|credential|code|choice|cookie|salt|pepper|seed/i

/** Routes whose answers the document of the API does not describe: they are our own pages'. */
const pageAnswers: Readonly<Record<string, z.ZodType>> = {
  'post /auth/sign-in': linkRequestedSchema,
  'post /auth/confirm, /auth/code, /auth/choose': signInAnswerSchema,
  'post /auth/refresh': refreshedSessionSchema,
}

/** Shown once, when it is made, to who may have it. Nothing of these can be asked for again. */
const shownOnce: Readonly<Record<string, string>> = {
  'post /v1/sessions token': 'the backend hands it to its client; only its id is stored',
  'post /v1/api-keys key': 'made here; a MAC of it is stored',
  'post /v1/api-keys/{id}/rotate key': 'made here; a MAC of it is stored',
  'post /v1/webhooks secret': 'made here; it is sealed',
  'post /v1/webhooks/{id}/rotate-secret secret': 'made here; it is sealed',
  'post /auth/confirm, /auth/code, /auth/choose access_token': 'what signing in is for; it is signed, not stored',
  'post /auth/confirm, /auth/code, /auth/choose choice':
    'the proof for the next step of one browser; a hash of it is stored',
  'post /auth/confirm, /auth/code, /auth/choose code':
    'shown where a link was opened, to be typed where it was asked for',
  'post /auth/refresh access_token': 'what a refresh is for; it is signed, not stored',
}

/** Names that sound like one and hold none. */
const harmless: Readonly<Record<string, string>> = {
  credential_id: 'an id',
  error_code: 'a word of the catalogue of errors',
  status_code: 'a number, or null',
  first_token_ms: 'a time in milliseconds',
  public_key: 'what signatures are verified with; it signs nothing',
  verifier_key: 'the same for checkpoints of the audit log',
}

describe('the answers of all routes', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  test('have no property that could hold a secret, but those that are shown once', async () => {
    const { body } = await api.a.call('GET', '/v1/openapi.json', { credential: undefined })
    const document = z
      .object({
        paths: z.record(z.string(), z.record(z.string(), z.unknown())),
        components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
      })
      .parse(body)
    const found = new Set<string>()
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, operation] of Object.entries(methods)) {
        const { responses } = z.object({ responses: z.record(z.string(), z.unknown()) }).parse(operation)
        // Of a problem document it is a word of the catalogue of errors; so it is of a document that could not be read.
        for (const [status, response] of Object.entries(responses))
          for (const name of namesIn(response, document.components.schemas))
            if ((Number(status) < 300 && !path.startsWith('/v1/knowledge')) || name !== 'code')
              found.add(`${method} ${path} ${name}`)
      }
    for (const [route, schema] of Object.entries(pageAnswers))
      for (const name of namesIn(z.toJSONSchema(schema), {})) found.add(`${route} ${name}`)
    expect([...found].sort()).toEqual(Object.keys(shownOnce).sort())
  })
})

/** The names of properties, at any depth and behind references, that could hold a secret. */
function namesIn(
  node: unknown,
  schemas: Readonly<Record<string, unknown>>,
  seen = new Set<string>(),
): readonly string[] {
  if (Array.isArray(node)) return node.flatMap((item) => namesIn(item, schemas, seen))
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([name, value]: [string, unknown]): readonly string[] => {
    if (name === '$ref' && typeof value === 'string') {
      if (seen.has(value)) return []
      seen.add(value)
      return namesIn(schemas[value.split('/').at(-1) ?? ''], schemas, seen)
    }
    const names = name === 'properties' ? Object.entries(z.record(z.string(), z.unknown()).parse(value)) : []
    const own = names
      .filter(([property, schema]) => secretName.test(property) && couldHold(schema))
      .map(([property]) => property)
    return [...own.filter((property) => !Object.hasOwn(harmless, property)), ...namesIn(value, schemas, seen)]
  })
}

/** A number, a flag, a constant or a word of a list cannot hold a key. */
function couldHold(schema: unknown): boolean {
  return !/"type":"(?:integer|number|boolean)"|"enum":|"const":/.test(JSON.stringify(schema))
}
