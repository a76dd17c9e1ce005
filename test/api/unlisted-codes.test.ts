import { agentSchema } from '@hyponema/contract'
import { expect, test } from 'vitest'
import { apiRouter, json, protectedRoute } from '../../packages/server/src/guards/protected-route.ts'
import { openApiDocument } from '../../packages/server/src/http/open-api-document.ts'
import { problemResponse } from '../../packages/server/src/http/problem-response.ts'
import { AppError } from '../../packages/server/src/kernel/app-error.ts'
import { installationScope } from '../../packages/server/src/platform/postgres/installation-scope.ts'
import { watchCodes } from './unlisted-codes.ts'

test('a code that a route answers and its document does not list is found, and no other', async () => {
  const app = apiRouter()
  app.use(async (context, next) => {
    context.set('principal', { kind: 'system', scope: installationScope(), name: 'test' })
    await next()
  })
  const route = protectedRoute(
    { permission: 'agents:read' },
    { method: 'get', path: '/v1/things/{id}', responses: { 200: json(agentSchema, 'A thing') } },
  )
  app.openapi(route, (context) => {
    throw new AppError(context.req.path.endsWith('/gone') ? 'request.not_found' : 'session.not_live', 'planted')
  })
  app.onError((error) =>
    problemResponse(error instanceof AppError ? error : new AppError('server.internal', ''), 'req_1'),
  )
  app.get('/v1/openapi.json', (context) => context.json(openApiDocument([app])))
  const unlisted = watchCodes(app)
  await app.request('/v1/things/gone')
  await app.request('/v1/unknown/gone')
  expect(await unlisted()).toEqual([])
  await app.request('/v1/things/ended')
  expect(await unlisted()).toEqual(['GET /v1/things/{id} answers session.not_live'])
})
