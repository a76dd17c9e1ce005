import { type ErrorCode, problemSchema } from '@hyponema/contract'
import { z } from 'zod'
import type { Server } from '../../packages/server/src/commands/compose-server.ts'

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({ responses: z.record(z.string(), z.object({ description: z.string().default('') })) }),
    ),
  ),
})

/**
 * Listens to every answer of the app, and says in the end which refusals its OpenAPI document does not list: one line each,
 * `METHOD /path answers code`. What is no route of the document is not judged.
 */
export function watchCodes(app: Server['app']): () => Promise<readonly string[]> {
  const ask = app.request
  const answered = new Map<string, { method: string; path: string; code: ErrorCode }>()
  app.request = async (input, init, ...rest) => {
    const response = await ask(input, init, ...rest)
    // An answer to HEAD has the headers of one and no body.
    if (response.headers.get('content-type') === 'application/problem+json' && response.body !== null) {
      const { code } = problemSchema.parse(await response.clone().json())
      const request = new Request(new URL(input instanceof Request ? input.url : String(input), 'http://localhost'))
      const method = (input instanceof Request ? input.method : (init?.method ?? 'GET')).toLowerCase()
      const path = new URL(request.url).pathname
      answered.set(`${method} ${path} ${code}`, { method, path, code })
    }
    return response
  }
  return async () => {
    const { paths } = documentSchema.parse(await (await ask('/v1/openapi.json', {}, {})).json())
    const routes = Object.entries(paths).map(([path, methods]) => ({ path, methods, pattern: patternOf(path) }))
    const unlisted = [...answered.values()].flatMap(({ method, path, code }) => {
      // A fixed path is more than a parameter's value.
      const route = routes.filter(({ pattern }) => pattern.test(path)).sort(fixedFirst)[0]
      const operation = route?.methods[method]
      if (route === undefined || operation === undefined) return []
      const isListed = Object.values(operation.responses).some(({ description }) =>
        description.includes(`\`${code}\`:`),
      )
      return isListed ? [] : [`${method.toUpperCase()} ${route.path} answers ${code}`]
    })
    return [...new Set(unlisted)].sort((one, other) => one.localeCompare(other))
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}

function fixedFirst(one: { path: string }, other: { path: string }): number {
  return one.path.split('{').length - other.path.split('{').length
}
