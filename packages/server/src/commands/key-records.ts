import { encodeId, type Uuid } from '@hyponema/contract'
import { addFailures, renewApiKeyMac, touchApiKey } from '../features/api-keys/public.ts'
import { type CountedFailures, KeyFailures } from '../guards/key-failures.ts'
import { type createApiKeyVerifier, type KeyUse, useCoalescedMs } from '../guards/verify-api-key.ts'
import { provenScope } from '../kernel/workspace-scope.ts'
import type { ServerParts } from './server-parts.ts'

type Verifier = Parameters<typeof createApiKeyVerifier>[0]

/** What is remembered of keys beside the requests that bear them. A failure to write it refuses nothing. */
export type KeyRecords = Pick<Verifier, 'onUsed' | 'onFailed'> & {
  /** Writes the failures that were counted. */
  readonly flush: () => Promise<void>
  readonly start: () => void
  readonly stop: () => Promise<void>
}

const minuteMs = 60_000
/** A deployment with a wrong key tries a few times a minute; more looks like somebody who guesses. */
const alertAt = 20
/** Nobody reads more lines than these a minute. */
const mostAlerts = 50

export function createKeyRecords(parts: Pick<ServerParts, 'installation' | 'clock' | 'log'>): KeyRecords {
  const { clock } = parts
  const failures = new KeyFailures()
  const flush = (): Promise<void> => writeFailures(parts, failures)
  let timer: NodeJS.Timeout | undefined
  return {
    onUsed: rememberUse(parts),
    onFailed: (failure) => failures.note(failure, clock.nowMs()),
    flush,
    start: () => {
      timer = setInterval(() => void flush(), minuteMs)
      timer.unref()
    },
    stop: async () => {
      clearInterval(timer)
      await flush()
    },
  }
}

/** One write at a time for each key: the last use by the minute, and its MAC when there is a newer pepper. */
function rememberUse({ installation, clock, log }: Pick<ServerParts, 'installation' | 'clock' | 'log'>) {
  const writing = new Set<Uuid>()
  return (principal: Parameters<Verifier['onUsed']>[0], { lastUsedAt, renewed }: KeyUse): void => {
    const { id, scope } = principal
    const now = new Date(clock.nowMs())
    const before = new Date(now.getTime() - useCoalescedMs)
    const isFresh = lastUsedAt !== null && lastUsedAt > before
    if ((isFresh && renewed === undefined) || writing.has(id)) return
    writing.add(id)
    installation.database
      .withWorkspace(scope, async (tx) => {
        await touchApiKey(tx, { id, now, before })
        if (renewed !== undefined) await renewApiKeyMac(tx, { id, ...renewed })
      })
      .catch((error: unknown) =>
        log.warn({ err: error, keyId: encodeId('apiKey', id) }, 'the use of a key was not written'),
      )
      .finally(() => writing.delete(id))
  }
}

async function writeFailures(
  { installation, log }: Pick<ServerParts, 'installation' | 'log'>,
  failures: KeyFailures,
): Promise<void> {
  const { known, others } = failures.take()
  const loud = known.filter(({ count }) => count >= alertAt)
  for (const { keyId, count } of loud.slice(0, mostAlerts)) {
    log.warn(
      { keyId: encodeId('apiKey', keyId), failures: count },
      'a key was tried with wrong secrets; it goes on working',
    )
  }
  if (loud.length > mostAlerts || others >= alertAt) {
    log.warn(
      { keys: loud.length, failures: others },
      'keys were tried that do not exist, or more of them than are told one by one',
    )
  }
  for (const one of known) {
    await writeOne(installation, one).catch((error: unknown) =>
      log.warn({ err: error, keyId: encodeId('apiKey', one.keyId) }, 'the failures of a key were not written'),
    )
  }
}

/** The look-up has found this key in this workspace; nothing that the stranger sent is written but that it was wrong. */
function writeOne(
  { database }: ServerParts['installation'],
  { workspaceId, keyId, count, lastAtMs }: CountedFailures,
): Promise<void> {
  return database.withWorkspace(provenScope(workspaceId), (tx) =>
    addFailures(tx, { id: keyId, count, lastAt: new Date(lastAtMs) }),
  )
}
