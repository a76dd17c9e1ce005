/**
 * Threat: the customer's backend, or whoever sits in its place, delays a conversation, fills our memory, sends values for names
 * that nobody asked for, or has its own words told as ours.
 * Rule: one POST through the outbound door, with one deadline for all of it (keys, names, connection, answer), no redirect, 16 KiB
 * at most. Of the answer only texts of at most 500 characters under names that were asked for count, and none that holds the key it
 * was asked with, or something of the form of one. What went wrong is told in our words; nothing of the answer is.
 * On failure: no values; the session goes on without.
 */
import { errorCatalogue, type VariableResolver } from '@hyponema/contract'
import { z } from 'zod'
import { AppError } from '../kernel/app-error.ts'
import { deadline } from '../kernel/deadline.ts'
import type { SecretHeader } from '../platform/outbound/lend-secret.ts'
import type { OutboundDoor, OutboundUse } from '../platform/outbound/outbound-door.ts'
import { maskSecrets } from './tools/mask-secrets.ts'

export type ResolvedVariables = {
  readonly outcome: 'resolved' | 'timed_out' | 'failed'
  readonly values: ReadonlyMap<string, string>
  /** What an operator has to know, in our words. */
  readonly problem: string | null
}

export type ResolverQuestion = {
  readonly agent_id: string
  readonly session_id: string
  readonly user_id: string
  readonly modality: string
  /** The names that a value is wanted for. */
  readonly variables: readonly string[]
}

type Options = {
  readonly door: Pick<OutboundDoor, 'fetch'>
  readonly use: Pick<OutboundUse, 'workspaceId' | 'onlyHosts'>
  readonly resolver: VariableResolver
  /** Throws where the key is gone or belongs elsewhere. */
  readonly secretHeader: () => SecretHeader | undefined
  readonly question: ResolverQuestion
  /** Every name that the agent declares. Whoever answers for more of them than it was asked has done nothing wrong. */
  readonly declared: readonly string[]
  /** The session's. */
  readonly signal: AbortSignal
}

const maxAnswerBytes = 16 * 1024
const maxValues = 50
const maxValueCharacters = 500
const answerSchema = z.object({ variables: z.record(z.string(), z.string()) })

/** Asks once. Never throws. */
export async function resolveVariables(options: Options): Promise<ResolvedVariables> {
  const { timeout_ms: timeoutMs } = options.resolver
  const limit = deadline({ timeoutMs, code: 'outbound.timeout', what: 'the resolver', parent: options.signal })
  try {
    const header = options.secretHeader()
    const text = await untilAborted(ask(options, header, limit.signal), limit.signal)
    const { question, declared } = options
    return readAnswer(text, { wanted: question.variables, declared, secret: header?.secret })
  } catch (error) {
    return failureOf(error)
  } finally {
    limit.clear()
  }
}

async function ask(
  { door, use, resolver, question }: Options,
  header: SecretHeader | undefined,
  signal: AbortSignal,
): Promise<string> {
  const { url, timeout_ms: timeoutMs } = resolver
  const answer = await door.fetch(
    {
      url,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(question),
      signal,
    },
    {
      ...use,
      ...(header === undefined ? {} : { secretHeader: header }),
      limits: {
        firstByteMs: timeoutMs,
        totalMs: timeoutMs,
        maxRequestBytes: maxAnswerBytes,
        maxResponseBytes: maxAnswerBytes,
      },
    },
  )
  if (answer.ok) return await answer.text()
  await answer.body?.cancel()
  throw new Unusable(`the resolver answered with status ${answer.status}`)
}

/** A key service or a name server may not hear of the deadline; nobody waits for them. */
async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>()
  const stop = (): void => aborted.reject(signal.reason)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

class Unusable extends Error {}

type Wanted = {
  readonly wanted: readonly string[]
  readonly declared: readonly string[]
  readonly secret: SecretHeader['secret'] | undefined
}

function readAnswer(text: string, { wanted, declared, secret }: Wanted): ResolvedVariables {
  const parsed = answerSchema.safeParse(parseJson(text))
  if (!parsed.success) throw new Unusable('the answer is not {"variables": {name: text}}')
  const given = Object.entries(parsed.data.variables)
  if (given.length > maxValues) throw new Unusable(`the answer has more than ${maxValues} values`)
  const known = given.filter(([name]) => declared.includes(name))
  const asked = known.filter(([name]) => wanted.includes(name))
  const short = asked.filter(([, value]) => value.length <= maxValueCharacters)
  const masked = maskSecrets(Object.fromEntries(short), secret)
  const kept = short.filter(([name, value]) => masked?.[name] === value)
  const problems = [
    told(given.length - known.length, 'under a name that the agent does not declare'),
    told(asked.length - short.length, `longer than ${maxValueCharacters} characters`),
    told(short.length - kept.length, 'held the key, or something of its form'),
  ].filter((problem) => problem !== undefined)
  return { outcome: 'resolved', values: new Map(kept), problem: problems.length === 0 ? null : problems.join('; ') }
}

function told(count: number, why: string): string | undefined {
  return count === 0 ? undefined : `${count} ${count === 1 ? 'value was' : 'values were'} left out: ${why}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function failureOf(error: unknown): ResolvedVariables {
  const values: ReadonlyMap<string, string> = new Map()
  if (error instanceof Unusable) return { outcome: 'failed', values, problem: error.message }
  const code = error instanceof AppError ? error.code : 'server.internal'
  const outcome = code === 'outbound.timeout' ? 'timed_out' : 'failed'
  return { outcome, values, problem: `${code}: ${errorCatalogue[code].title}` }
}
