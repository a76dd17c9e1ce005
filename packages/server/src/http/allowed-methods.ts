import { OpenAPIHono } from '@hono/zod-openapi'
import type { Hono } from 'hono'
import type { ApiEnv } from '../kernel/request-context.ts'

/** What the declared routes take at a path: `GET, POST`, or nothing where no route has that path. */
export type AllowedMethods = (path: string) => readonly string[]

/**
 * Reads the templates once, from the declarations and not from the OpenAPI document: that is made when somebody asks for
 * it, and a wrong path is no reason to make it. A parameter is one segment, as the router has it.
 */
export function allowedMethods(apps: readonly Hono<ApiEnv>[]): AllowedMethods {
  const all = new OpenAPIHono<ApiEnv>()
  for (const app of apps) all.route('/', app)
  const routes = all.openAPIRegistry.definitions.flatMap((definition) =>
    definition.type === 'route'
      ? [{ pattern: patternOf(definition.route.path), method: definition.route.method.toUpperCase() }]
      : [],
  )
  return (path) => routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
}

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}$`)
}
