import { OpenAPIHono } from '@hono/zod-openapi'
import type { Hono } from 'hono'
import type { ApiEnv } from '../kernel/request-context.ts'
import { describeWebhooks } from './describe-webhooks.ts'

/** The OpenAPI 3.1 document of all routes that were declared with a schema, and of the webhooks; generated from the schemas that parse. */
export function openApiDocument(apps: readonly Hono<ApiEnv>[]) {
  const all = new OpenAPIHono<ApiEnv>()
  for (const app of apps) all.route('/', app)
  all.openAPIRegistry.registerComponent('securitySchemes', 'workspaceKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'A workspace API key (hyp_...). Servers only; refused when sent from a browser',
  })
  all.openAPIRegistry.registerComponent('securitySchemes', 'operatorToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: "An operator's access token; 10 minutes, one workspace",
  })
  all.openAPIRegistry.registerComponent('securitySchemes', 'sessionToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The `turn` token of one session',
  })
  describeWebhooks(all.openAPIRegistry)
  return all.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Hyponema workspace API',
      version: '1',
      description:
        'Every credential names exactly one workspace, so no path or body carries one. Errors are problem documents (RFC 9457).',
      license: { name: 'Apache-2.0' },
    },
  })
}
