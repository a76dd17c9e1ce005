import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { PlantedEndpoint } from './plant-endpoint.ts'
import type { Arrival } from './receiver.ts'
import { isSignedBy } from './verify-signature.ts'

/** An event that was committed, in the order of the commits. */
export type Told = { readonly id: string; readonly workspaceId: string; readonly sessionId: string }

export type Watched = {
  readonly workspaceId: string
  readonly endpoint: PlantedEndpoint
  readonly wants: RegExp
  readonly isOrdered: boolean
}

const bodySchema = z.strictObject({
  id: z.string(),
  type: z.string(),
  created_at: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()),
})

/** Compares what came with what was recorded. `succeeded` are the requests that were answered with a 2xx. */
export function judgeArrivals(seen: {
  readonly told: readonly Told[]
  readonly watched: readonly Watched[]
  readonly arrivals: readonly Arrival[]
  readonly succeeded: readonly Arrival[]
}): { owed: number; arrivals: number; repeated: number; findings: readonly string[] } {
  const { told, watched } = seen
  const byId = new Map(told.map((event) => [event.id, event]))
  const findings: string[] = []
  let [owed, repeated] = [0, 0]
  const typeOf = typesOf(seen.arrivals)
  for (const one of watched) {
    const { endpoint } = one
    const here = seen.arrivals.filter(({ path }) => path === endpoint.path)
    findings.push(...here.flatMap((arrival) => judgeRequest(arrival, one, byId)))
    findings.push(...changedBodies(here))
    const done = seen.succeeded.filter(({ path }) => path === endpoint.path)
    const doneIds = new Set(done.map(({ id }) => id))
    const due = told.filter(
      (event) => event.workspaceId === one.workspaceId && one.wants.test(typeOf.get(event.id) ?? 'unknown'),
    )
    owed += due.length
    repeated += here.length - new Set(here.map(({ id }) => id)).size
    for (const { id } of due) if (!doneIds.has(id)) findings.push(`${id} did not arrive at ${endpoint.path}`)
    if (one.isOrdered) findings.push(...outOfOrder(due, done, endpoint.path))
  }
  // Each workspace has an endpoint for everything, so an event of which nobody knows the type arrived nowhere.
  for (const { id } of told) if (!typeOf.has(id)) findings.push(`${id} was committed and arrived nowhere`)
  return { owed, arrivals: seen.arrivals.length, repeated, findings: [...new Set(findings)] }
}

function typesOf(arrivals: readonly Arrival[]): ReadonlyMap<string, string> {
  return new Map(
    arrivals.flatMap(({ body }) => {
      const read = readBody(body)
      return read === undefined ? [] : [[read.id, read.type]]
    }),
  )
}

function judgeRequest(arrival: Arrival, { endpoint, workspaceId }: Watched, byId: ReadonlyMap<string, Told>): string[] {
  const { id, path, body } = arrival
  const told = byId.get(id)
  if (told === undefined) return [`${id} came to ${path} and was never committed`]
  if (told.workspaceId !== workspaceId) return [`${id} came to ${path}, which is of another workspace`]
  if (readBody(body)?.id !== id) return [`${id} came to ${path} with the body of another event`]
  const keys = [endpoint.secret, ...(endpoint.publicKey === null ? [] : [endpoint.publicKey])]
  return keys.every((key) => isSignedBy(arrival, key)) ? [] : [`${id} came to ${path} with a wrong signature`]
}

function changedBodies(here: readonly Arrival[]): string[] {
  const hashes = new Map<string, string>()
  return here.flatMap(({ id, body, path }) => {
    const hash = createHash('sha256').update(body).digest('hex')
    const before = hashes.get(id)
    hashes.set(id, hash)
    return before === undefined || before === hash ? [] : [`${id} came to ${path} with other bytes than before`]
  })
}

/** The first success of each event of a session comes after those of the events before it. */
function outOfOrder(due: readonly Told[], done: readonly Arrival[], path: string): string[] {
  const place = new Map<string, number>()
  for (const [at, { id }] of done.entries()) if (!place.has(id)) place.set(id, at)
  const last = new Map<string, Told>()
  return due.flatMap((event) => {
    const before = last.get(event.sessionId)
    last.set(event.sessionId, event)
    if (before === undefined || (place.get(before.id) ?? -1) < (place.get(event.id) ?? Number.POSITIVE_INFINITY))
      return []
    return [`${event.id} succeeded at ${path} before ${before.id}, which is earlier in its session`]
  })
}

function readBody(body: Buffer): z.infer<typeof bodySchema> | undefined {
  try {
    return bodySchema.safeParse(JSON.parse(body.toString('utf8'))).data
  } catch {
    return undefined
  }
}
