import {
  knowledgeChunkSchema,
  knowledgeSchema,
  pageQuerySchema,
  pageSchema,
  reprocessKnowledgeSchema,
  type Uuid,
  updateKnowledgeSchema,
} from '@hyponema/contract'
import { auditedRead } from '../../guards/audited-read.ts'
import { callerOfEveryAgent } from '../../guards/caller-of-every-agent.ts'
import { apiRouter, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import { idParamsSchema, pathId } from '../../kernel/path-id.ts'
import { readVersionCursor, versionId } from '../../kernel/version-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { addCreating, type KnowledgeDependencies } from './create-routes.ts'
import { deleteKnowledge } from './delete-knowledge.ts'
import { readKnowledge } from './read-knowledge.ts'
import { renderChunk, renderKnowledge } from './render-knowledge.ts'
import { startReprocessing } from './start-reprocessing.ts'
import { listChunks, listKnowledge } from './store.ts'
import { updateKnowledge } from './update-knowledge.ts'

const tags = ['knowledge']

const list = protectedRoute(
  { permission: 'knowledge:read', codes: ['api_key.agent_refused'] },
  {
    method: 'get',
    path: '/v1/knowledge',
    tags,
    summary: 'List sources of knowledge, newest first',
    request: { query: pageQuerySchema },
    responses: { 200: json(pageSchema(knowledgeSchema), 'One page of sources') },
  },
)

const read = protectedRoute(
  { permission: 'knowledge:read', codes: ['api_key.agent_refused'] },
  {
    method: 'get',
    path: '/v1/knowledge/{id}',
    tags,
    summary: 'Read a source: how far it is, what was found in it, or why it could not be read',
    request: { params: idParamsSchema },
    responses: { 200: json(knowledgeSchema, 'The source') },
  },
)

const chunks = protectedRoute(
  { permission: 'knowledge:read', codes: ['api_key.agent_refused'] },
  {
    method: 'get',
    path: '/v1/knowledge/{id}/chunks',
    tags,
    summary: 'List the passages that agents can find, in the order of the document; the reading is audited',
    request: { params: idParamsSchema, query: pageQuerySchema },
    responses: { 200: json(pageSchema(knowledgeChunkSchema), 'One page of passages') },
  },
)

const update = protectedRoute(
  { permission: 'knowledge:write', codes: ['api_key.agent_refused'] },
  {
    method: 'patch',
    path: '/v1/knowledge/{id}',
    tags,
    summary: 'Give a source another name',
    request: { params: idParamsSchema, body: jsonBody(updateKnowledgeSchema) },
    responses: { 200: json(knowledgeSchema, 'The source as it is now') },
  },
)

const reprocess = protectedRoute(
  { permission: 'knowledge:write', codes: ['api_key.agent_refused', 'knowledge.in_progress'] },
  {
    method: 'post',
    path: '/v1/knowledge/{id}/reprocess',
    tags,
    summary: 'Read a source again from its file; what agents find stays until all of the new passages are there',
    request: { params: idParamsSchema, body: { ...jsonBody(reprocessKnowledgeSchema), required: false } },
    responses: { 200: json(knowledgeSchema, 'The source, queued') },
  },
)

const remove = protectedRoute(
  {
    permission: 'knowledge:write',
    codes: ['api_key.agent_refused', 'server.storage_full', 'server.storage_unavailable'],
  },
  {
    method: 'delete',
    path: '/v1/knowledge/{id}',
    tags,
    summary: 'Delete a source with its file, its passages and what they are found by',
    request: { params: idParamsSchema },
    responses: { 204: { description: 'Gone' } },
  },
)

export function knowledgeRoutes(deps: KnowledgeDependencies) {
  const app = apiRouter()
  addCreating(app, deps)
  addReading(app, deps)
  addChanging(app, deps)
  return app
}

function addReading(app: ReturnType<typeof apiRouter>, deps: KnowledgeDependencies): void {
  app.openapi(list, async (context) => {
    const { cursor, limit } = context.req.valid('query')
    const page = { cursor: readCursor(cursor), limit }
    const rows = await deps.database.withWorkspace(callerOfEveryAgent(context).principal.scope, (tx) =>
      listKnowledge(tx, page),
    )
    return context.json(pageOf(rows, limit, renderKnowledge), 200)
  })
  app.openapi(read, async (context) => {
    const id = pathId('knowledge', context.req.valid('param').id)
    const row = await deps.database.withWorkspace(callerOfEveryAgent(context).principal.scope, (tx) =>
      readKnowledge(tx, id),
    )
    return context.json(renderKnowledge(row), 200)
  })
  app.openapi(chunks, async (context) => {
    const id = pathId('knowledge', context.req.valid('param').id)
    const { cursor, limit } = context.req.valid('query')
    const after = readVersionCursor(cursor)
    const { principal, request } = callerOfEveryAgent(context)
    const answer = await auditedRead(deps.mutations, {
      principal,
      request,
      route: 'GET /v1/knowledge/{id}/chunks',
      entry: { action: 'knowledge.opened', target: { kind: 'knowledge', id } },
      read: (tx) => readChunks(deps, tx, { id, after, limit }),
    })
    return context.json(answer, 200)
  })
}

async function readChunks(
  deps: Pick<KnowledgeDependencies, 'contentKeys'>,
  tx: WorkspaceTx,
  { id, after, limit }: { readonly id: Uuid; readonly after: number | undefined; readonly limit: number },
) {
  const { revision } = await readKnowledge(tx, id)
  const rows = await listChunks(tx, { knowledgeId: id, revision, after, limit })
  const key = await deps.contentKeys.forWorkspace(tx)
  try {
    // Passages are told apart by their place, which is the order too.
    const placed = rows.map((row) => ({ id: versionId(row.position), row }))
    return pageOf(placed, limit, ({ row }) => renderChunk(row, key))
  } finally {
    key.destroy()
  }
}

function addChanging(app: ReturnType<typeof apiRouter>, deps: KnowledgeDependencies): void {
  app.openapi(update, async (context) => {
    const id = pathId('knowledge', context.req.valid('param').id)
    const { name } = context.req.valid('json')
    const answer = await deps.mutations.run({
      ...callerOfEveryAgent(context),
      route: 'PATCH /v1/knowledge/{id}',
      input: { id, name },
      work: async (tx) => {
        await updateKnowledge(tx, { id, name, clock: deps.clock })
        return id
      },
      read: async (tx) => renderKnowledge(await readKnowledge(tx, id)),
    })
    return context.json(answer, 200)
  })
  app.openapi(reprocess, async (context) => {
    const id = pathId('knowledge', context.req.valid('param').id)
    const answer = await deps.mutations.run({
      ...callerOfEveryAgent(context),
      route: 'POST /v1/knowledge/{id}/reprocess',
      input: { id },
      work: async (tx) => {
        await startReprocessing(tx, { id, clock: deps.clock })
        return id
      },
      read: async (tx) => renderKnowledge(await readKnowledge(tx, id)),
    })
    return context.json(answer, 200)
  })
  app.openapi(remove, async (context) => {
    const id = pathId('knowledge', context.req.valid('param').id)
    await deps.mutations.run({
      ...callerOfEveryAgent(context),
      route: 'DELETE /v1/knowledge/{id}',
      status: 204,
      input: { id },
      work: async (tx) => {
        await deleteKnowledge(tx, { id, objects: deps.objects })
        return null
      },
      read: async () => undefined,
    })
    return context.body(null, 204)
  })
}
