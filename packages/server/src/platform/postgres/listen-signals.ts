/**
 * Threat: a forged or misdirected wake-up makes a process act in a workspace.
 * Rule: the listening connection never carries a scope and reads no table; a notification is two ids and no authority.
 * The receiver enters the workspace, reads the signal's row and does nothing that the row does not say.
 * On failure: a payload that is not two UUIDs is dropped; a connection that cannot listen is closed; a lost one is opened
 * again, and `onGap` says that signals may have been missed.
 */
import { parseUuid, type Uuid } from '@hyponema/contract'
import pg from 'pg'
import type { DatabaseAddress } from './database-address.ts'
import { extendedQuery } from './extended-query.ts'
import { connectionConfig } from './login-pool.ts'
import type { Login } from './logins.ts'

/** The ids of a signal's row. Read the row before believing anything. */
export type SignalWake = { readonly workspaceId: Uuid; readonly signalId: Uuid }

export type SignalListener = { readonly close: () => Promise<void> }

const firstRetryMs = 100
/** A session that waits for an end signal also has its lease, so some seconds of deafness are not dangerous. */
const longestRetryMs = 5_000

/** Resolves when it listens. Afterwards it reconnects by itself until it is closed. */
export async function listenSignals(options: {
  address: DatabaseAddress
  login: Login
  onSignal: (wake: SignalWake) => void
  /** Called after each reconnection: whatever was signalled meanwhile has to be looked for. */
  onGap: () => void
}): Promise<SignalListener> {
  const state: { closed: boolean; client: pg.Client | undefined; retry: NodeJS.Timeout | undefined } = {
    closed: false,
    client: undefined,
    retry: undefined,
  }
  const reconnect = (delayMs: number): void => {
    if (state.closed) return
    state.retry = setTimeout(() => {
      open().then(options.onGap, () => reconnect(Math.min(delayMs * 2, longestRetryMs)))
    }, delayMs)
  }
  const open = async (): Promise<void> => {
    const client = new pg.Client({
      ...connectionConfig(options.address, options.login),
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
    })
    let live = false
    client.on('error', () => {})
    client.on('end', () => {
      if (live) reconnect(firstRetryMs)
    })
    client.on('notification', ({ payload }) => {
      const wake = readWake(payload)
      if (wake !== undefined) options.onSignal(wake)
    })
    try {
      await client.connect()
      await extendedQuery(client, 'LISTEN hyponema_signal')
    } catch (error) {
      // Else each try would leave a connection that nobody knows of.
      client.end().catch(() => undefined)
      throw error
    }
    live = true
    state.client = client
    if (state.closed) await client.end()
  }
  await open()
  return {
    close: async () => {
      state.closed = true
      clearTimeout(state.retry)
      await state.client?.end()
    },
  }
}

function readWake(payload: string | undefined): SignalWake | undefined {
  const [workspaceText = '', signalText = '', ...rest] = (payload ?? '').split(' ')
  const workspaceId = parseUuid(workspaceText)
  const signalId = parseUuid(signalText)
  if (workspaceId === undefined || signalId === undefined || rest.length > 0) return undefined
  return { workspaceId, signalId }
}
