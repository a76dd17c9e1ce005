import { type Permission, permissions } from '@hyponema/contract'
import { z } from 'zod'
import type { Api } from './api-harness.ts'

export type ApiRoute = {
  /** `METHOD /path`. */
  readonly name: string
  readonly method: string
  readonly path: string
  /** Undefined for routes that bear a session token. */
  readonly permission: Permission | undefined
}

const documentSchema = z.object({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.string(), z.object({ 'x-permission': z.string().optional() }))),
})

/** Every route of the API, as its own document tells them. */
export async function readRoutes(api: Api): Promise<readonly ApiRoute[]> {
  const { paths } = documentSchema.parse((await api.a.call('GET', '/v1/openapi.json', { credential: undefined })).body)
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([verb, operation]) => {
      const method = verb.toUpperCase()
      const permission = operation['x-permission']
      if (permission !== undefined && !isPermission(permission)) throw new Error(`${permission} is not in the matrix`)
      return { name: `${method} ${path}`, method, path, permission }
    }),
  )
}

function isPermission(text: string): text is Permission {
  return Object.hasOwn(permissions, text)
}
