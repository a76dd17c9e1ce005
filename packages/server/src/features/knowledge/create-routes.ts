import {
  createKnowledgeSchema,
  type KnowledgeSourceType,
  knowledgeSchema,
  uploadKnowledgeQuerySchema,
} from '@hyponema/contract'
import type { z } from 'zod'
import { callerOfEveryAgent } from '../../guards/caller-of-every-agent.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { type apiRouter, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { fieldErrors } from '../../kernel/field-errors.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { sha256 } from '../../platform/crypto/sha256.ts'
import type { ObjectStore } from '../../platform/objects/object-store.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { checkDocument, mediaTypeOf } from './check-document.ts'
import { checkQuota } from './check-quota.ts'
import { createKnowledge } from './create-knowledge.ts'
import { readKnowledge } from './read-knowledge.ts'
import { readUpload } from './read-upload.ts'
import { renderKnowledge } from './render-knowledge.ts'
import { writeObject } from './write-object.ts'

export type KnowledgeDependencies = {
  readonly database: Pick<Database, 'withWorkspace'>
  readonly mutations: Mutations
  readonly contentKeys: ContentKeys
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly newId: NewId
}

const tags = ['knowledge']

const codes = [
  'api_key.agent_refused',
  'knowledge.type_unsupported',
  'knowledge.type_mismatch',
  'knowledge.encrypted',
  'knowledge.empty',
  'knowledge.too_large',
  'knowledge.unreadable',
  'knowledge.too_many_sources',
  'knowledge.too_many_bytes',
  'server.storage_full',
  'server.storage_unavailable',
] as const

const create = protectedRoute(
  { permission: 'knowledge:write', codes },
  {
    method: 'post',
    path: '/v1/knowledge',
    tags,
    summary: 'Take in a text that agents may search; it is read in the background',
    request: { body: jsonBody(createKnowledgeSchema) },
    responses: { 201: json(knowledgeSchema, 'The source, queued') },
  },
)

const upload = protectedRoute(
  { permission: 'knowledge:write', codes, takesFile: true },
  {
    method: 'post',
    path: '/v1/knowledge/files',
    tags,
    summary: 'Take in a file that agents may search: PDF, DOCX, HTML, Markdown, text or JSON of at most 20 MiB',
    description:
      'The body is the file itself, under any media type, or a form (`multipart/form-data`) with exactly one file. What it is, its bytes say.',
    request: {
      query: uploadKnowledgeQuerySchema,
      body: {
        required: true,
        content: {
          'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
          'multipart/form-data': {
            schema: { type: 'object', properties: { file: { type: 'string', format: 'binary' } }, required: ['file'] },
          },
        },
      },
    },
    responses: { 201: json(knowledgeSchema, 'The source, queued') },
  },
)

export function addCreating(app: ReturnType<typeof apiRouter>, deps: KnowledgeDependencies): void {
  app.openapi(create, async (context) => {
    const called = callerOfEveryAgent(context)
    const body = context.req.valid('json')
    const mediaType = mediaTypeOf(body.type)
    const answer = await takeIn(deps, called, {
      route: 'POST /v1/knowledge',
      sourceType: 'inline',
      pointer: '/text',
      name: body.name,
      language: body.language,
      bytes: Buffer.from(body.text, 'utf8'),
      // Its name is a label here: that it ends in .pdf says nothing of a text.
      judgedName: '',
      declaredType: mediaType,
    })
    return context.json(answer, 201)
  })
  app.openapi(upload, async (context) => {
    const called = callerOfEveryAgent(context)
    const query = context.req.valid('query')
    const body = new Uint8Array(await context.req.arrayBuffer())
    const { bytes, declaredType, fileName } = readUpload(body, context.req.header('content-type'))
    const name = query.name ?? nameOf(fileName)
    const answer = await takeIn(deps, called, {
      route: 'POST /v1/knowledge/files',
      sourceType: 'file',
      pointer: '',
      name,
      language: query.language,
      bytes,
      judgedName: name,
      declaredType,
    })
    return context.json(answer, 201)
  })
}

/** What a form calls its file is judged as what a query would. */
function nameOf(fileName: string | undefined): string {
  const read = uploadKnowledgeQuerySchema.shape.name.safeParse(fileName)
  if (read.success && read.data !== undefined) return read.data
  const errors = read.success
    ? [{ pointer: '/name', detail: 'say in the query what the file is called, as in ?name=handbook.pdf' }]
    : fieldErrors(read.error, '/name')
  throw new AppError('request.invalid', 'a file without a name', { errors })
}

type Given = {
  readonly route: string
  readonly sourceType: KnowledgeSourceType
  readonly pointer: string
  readonly name: string
  readonly language: string | undefined
  readonly bytes: Uint8Array
  readonly judgedName: string
  readonly declaredType: string | undefined
}

/**
 * judged -> sealed and stored under a new id -> the row, its wake-up and its event, in one transaction.
 *
 * Killed in between, a file without a row is left, which the worker sweeps. Where the row is known not to have come (a quota, a
 * repeat of an earlier request) its file goes at once; where nobody knows (the connection was lost while it committed) it stays
 * for the sweep, which asks the database.
 */
async function takeIn(
  deps: KnowledgeDependencies,
  { principal, ...request }: ReturnType<typeof callerOfEveryAgent>,
  given: Given,
): Promise<z.infer<typeof knowledgeSchema>> {
  const { bytes, name } = given
  const mediaType = await checkDocument(
    { bytes, name: given.judgedName, declaredType: given.declaredType },
    given.pointer,
  )
  const { scope } = principal
  // Before anything is written. A repeat is not asked: what it made the first time is counted already.
  if (request.idempotencyKey === undefined)
    await deps.database.withWorkspace(scope, (tx) => checkQuota(tx, bytes.byteLength))
  const id = deps.newId()
  const digest = sha256(bytes)
  await writeObject({ ...deps, withWorkspace: deps.database.withWorkspace }, { scope, id }, bytes)
  const language = given.language ?? null
  const forget = () => deps.objects.delete({ workspaceId: scope.workspaceId, objectId: id }).catch(() => undefined)
  const source = {
    id,
    name,
    sourceType: given.sourceType,
    mediaType,
    language,
    byteCount: bytes.byteLength,
    sha256: digest,
  }
  let isMade = false
  const answer = await deps.mutations
    .run({
      ...request,
      principal,
      route: given.route,
      status: 201,
      input: { name, language, type: mediaType, sha256: digest.toString('hex') },
      work: async (tx) => {
        const made = await createKnowledge(tx, { source, principal, clock: deps.clock })
        isMade = true
        return made
      },
      read: async (tx, made) => renderKnowledge(await readKnowledge(tx, made)),
    })
    .catch(async (error: unknown) => {
      if (error instanceof AppError && error.status < 500) await forget()
      throw error
    })
  if (!isMade) await forget()
  return answer
}
