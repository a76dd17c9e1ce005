import type { Logger } from 'pino'
import { credentialJobs } from '../features/credentials/public.ts'
import { createDeliveries, type Disabled, removeEndpoint, sendDisabledMail } from '../features/deliveries/public.ts'
import { escalationJobs } from '../features/escalations/public.ts'
import { createProcessing, type Processing } from '../features/knowledge/public.ts'
import { sessionJobs } from '../features/sessions/public.ts'
import { type ContentKeys, createContentKeys } from '../guards/content-keys.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import { createCredentialSealer } from '../platform/crypto/credential-sealer.ts'
import { keyringKeyService } from '../platform/crypto/keyring-key-service.ts'
import { systemRandomBytes } from '../platform/crypto/random-bytes.ts'
import { parseDocument } from '../platform/documents/parse-document.ts'
import type { SendMail } from '../platform/email/mail.ts'
import { claimDispatch } from '../platform/jobs/claim-dispatch.ts'
import { createDispatchRunner } from '../platform/jobs/dispatch-runner.ts'
import { startJobRunner } from '../platform/jobs/job-runner.ts'
import { checkWorker, handleWorkerCheck } from '../platform/jobs/worker-check.ts'
import type { OutboundDoor } from '../platform/outbound/outbound-door.ts'
import { ensurePartitions } from '../platform/postgres/ensure-partitions.ts'
import { makeSealer } from './make-sealer.ts'
import type { Installation } from './open-installation.ts'
import { purgeEverywhere } from './purge-everywhere.ts'

/** Often enough that a session whose owner died is failed within 20 s: lease 12 s, poll 1 s. */
const dispatchPollMs = 1_000
const careEveryMs = 24 * 60 * 60 * 1000
/** It goes through every workspace, which a start need not wait beside. */
const firstPurgeMs = 5 * 60 * 1000

export type Worker = { readonly stop: () => Promise<void> }

type WorkerOptions = {
  installation: Installation
  clock: Clock
  newId: NewId
  log: Logger
  /** For webhooks alone, with a budget of their own. */
  door: OutboundDoor
  /** Undefined where no mail can be sent. */
  sendMail: SendMail | undefined
}

/** Runs jobs, due dispatch rows, deliveries to webhooks and the daily care of partitions. Resolves when the worker has proved that it works. */
export async function runWorker(options: WorkerOptions): Promise<Worker> {
  const { installation, clock, newId, log, door } = options
  const { database } = installation
  const contentKeys = createContentKeys({ epochKeys: keyringKeyService(installation.keyring, 'epoch'), newId })
  const sessions = sessionJobs({ contentKeys, clock, newId })
  const escalations = escalationJobs({ contentKeys, clock, newId })
  const finishSession: typeof sessions.finishSession = async (tx, id) => {
    await escalations.closeOfEndedSession(tx, id)
    await sessions.finishSession(tx, id)
  }
  // While we stop, connections end because we end them.
  let stopping = false
  const jobs = await startJobRunner({
    database,
    login: installation.logins.worker,
    handlers: { worker_check: handleWorkerCheck, session_finish: finishSession },
    onError: (error, task) => {
      if (!stopping) log.error({ err: error, task }, 'a job failed and will be tried again')
    },
  })
  const dispatch = makeDispatch(options, { sessions, escalations })
  const deliveries = createDeliveries({
    database,
    claim: (most) => claimDispatch(database.logins.worker, most),
    door,
    sealer: createCredentialSealer(installation.credentialKeys),
    contentKeys,
    clock,
    newId,
    random: () => systemRandomBytes(4).readUInt32BE() / 2 ** 32,
    claimant: newId(),
    onDisabled: tellDisabled(options),
    onError: (error, kind) => log.error({ err: error, kind }, 'a delivery was not handled and will be due again'),
  })
  const processing = readSources(options, contentKeys)
  const sealer = makeSealer(options)
  await checkWorker({ database, newId })
  dispatch.start()
  deliveries.start()
  processing.start()
  sealer.start()
  const care = (): void => {
    ensurePartitions(database.logins.worker).catch((error: unknown) =>
      log.error({ err: error }, 'partitions were not made'),
    )
  }
  const purge = (): void => {
    void purgeEverywhere({
      installation,
      clock,
      newId,
      onError: (error, workspaceId) => {
        if (!stopping)
          log.error(
            { err: error, workspaceId },
            'what is older than its rule was not removed; the next look comes in a day',
          )
      },
    })
  }
  care()
  const timers = [setInterval(care, careEveryMs), setInterval(purge, careEveryMs), setTimeout(purge, firstPurgeMs)]
  for (const timer of timers) timer.unref()
  return {
    stop: async () => {
      stopping = true
      for (const timer of timers) clearInterval(timer)
      await Promise.all([deliveries.stop(), processing.stop(), sealer.stop(), dispatch.stop()])
      await jobs.stop()
    },
  }
}

/** What is due at an instant. */
function makeDispatch(
  { installation: { database }, clock, newId, log }: Pick<WorkerOptions, 'installation' | 'clock' | 'newId' | 'log'>,
  {
    sessions,
    escalations,
  }: { sessions: ReturnType<typeof sessionJobs>; escalations: ReturnType<typeof escalationJobs> },
): ReturnType<typeof createDispatchRunner> {
  return createDispatchRunner({
    database,
    claimant: newId(),
    pollMs: dispatchPollMs,
    handlers: {
      session_expiry: sessions.expireSession,
      session_lease: sessions.failLostSession,
      credential_version: credentialJobs({ clock, newId }).endGrace,
      webhook_removal: removeEndpoint,
      escalation_due: escalations.giveUpWaiting,
    },
    onError: (error, row) =>
      log.error({ err: error, kind: row?.kind }, 'a due row was not handled and will be due again'),
  })
}

/** What reads the documents of all workspaces. */
function readSources(
  { installation, clock, newId, log }: Parameters<typeof runWorker>[0],
  contentKeys: ContentKeys,
): Processing {
  const { database, objects } = installation
  return createProcessing({
    claim: (most) => claimDispatch(database.logins.worker, most),
    withWorkspace: database.workerWithWorkspace,
    parse: parseDocument,
    objects,
    contentKeys,
    clock,
    newId,
    claimant: newId(),
    onError: (error) => log.error({ err: error }, 'a source of knowledge was not read and will be tried again'),
  })
}

/** By mail where there is one, and in the log in any case. */
function tellDisabled(options: Parameters<typeof runWorker>[0]) {
  const { installation, sendMail, log } = options
  return (scope: WorkspaceScope, disabled: Disabled): void => {
    const { webhookId, reason } = disabled
    log.warn({ workspaceId: scope.workspaceId, webhookId, reason }, 'a webhook endpoint was turned off')
    if (sendMail === undefined) return
    sendDisabledMail({ database: installation.database, sendMail }, scope, disabled).catch((error: unknown) =>
      log.error({ err: error, webhookId }, 'the mail that a webhook endpoint was turned off could not be sent'),
    )
  }
}
