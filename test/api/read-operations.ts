import { z } from 'zod'
import type { Api } from './api-harness.ts'

/** A route of the workspace API as its own document tells it. */
export type Operation = {
  /** `METHOD /path`. */
  readonly name: string
  readonly method: string
  readonly path: string
  /** The noun of the path, as in `/v1/agents/{id}`. */
  readonly noun: string
  /** JSON Schema of the body; undefined where there is none, or where it is a file. */
  readonly body: unknown
  readonly query: readonly { readonly name: string; readonly schema: unknown }[]
}

export type ApiDocument = {
  readonly operations: readonly Operation[]
  /** What `$ref` points to. */
  readonly schemas: Readonly<Record<string, unknown>>
}

const parameterSchema = z.object({ name: z.string(), in: z.string(), schema: z.unknown() })

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        'x-permission': z.string().optional(),
        parameters: z.array(parameterSchema).default([]),
        requestBody: z
          .object({ content: z.object({ 'application/json': z.object({ schema: z.unknown() }).optional() }) })
          .optional(),
      }),
    ),
  ),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
})

/** Every route that asks for a permission. Routes with a credential of their own are left out. */
export async function readOperations(api: Api): Promise<ApiDocument> {
  const { body } = await api.a.call('GET', '/v1/openapi.json', { credential: undefined })
  const { paths, components } = documentSchema.parse(body)
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([verb, operation]): Operation[] => {
      if (operation['x-permission'] === undefined) return []
      const method = verb.toUpperCase()
      return [
        {
          name: `${method} ${path}`,
          method,
          path,
          noun: path.split('/')[2] ?? '',
          body: operation.requestBody?.content['application/json']?.schema,
          query: operation.parameters
            .filter((parameter) => parameter.in === 'query')
            .map(({ name, schema }) => ({ name, schema })),
        },
      ]
    }),
  )
  return { operations, schemas: components.schemas }
}
