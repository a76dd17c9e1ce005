import { installationFiles } from '../../packages/server/src/commands/installation-files.ts'
import type { Installation } from '../../packages/server/src/commands/open-installation.ts'
import { rewrapVersions } from '../../packages/server/src/features/credentials/public.ts'
import { moveWrappedRows } from '../../packages/server/src/guards/move-wrapped-rows.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import type { KeyService } from '../../packages/server/src/platform/crypto/key-service.ts'
import { addKeyringKey } from '../../packages/server/src/platform/crypto/keyring.ts'
import { alternatingPairs } from '../boundary/alternating-pairs.ts'
import { sealedWorkspace } from './sealed-workspace.ts'

/** Rows a second in one workspace: rewrapped, and moved as they are. */
export type RewrapPair = readonly [rewrappedPerSecond: number, movedPerSecond: number]

/**
 * Each round of a pair moves every row of the workspace from one key to another. The control reads, locks and writes the same rows
 * in the same batches and leaves out the cryptography; what it wrote does not open, so it is given back what it took.
 */
export async function measureRewrap(
  installation: Installation,
  options: { home: string; rows: number; pairs: number },
): Promise<readonly RewrapPair[]> {
  const { database, keyring, credentialKeys } = installation
  const { scope } = await sealedWorkspace(installation, options.rows)
  const path = installationFiles(options.home).keyring
  const move = async (from: string, keys: KeyService): Promise<number> => {
    const startedMs = performance.now()
    const { moved, unreadable } = await moveWrappedRows({
      withWorkspace: database.workerWithWorkspace,
      scope,
      rows: rewrapVersions,
      keys,
      from,
      onMoved: () => undefined,
      stop: new AbortController().signal,
    })
    if (moved !== options.rows || unreadable.length > 0) throw new Error(`${moved} of ${options.rows} rows moved`)
    return options.rows / ((performance.now() - startedMs) / 1000)
  }
  const rewrap = async (): Promise<number> => {
    const from = keyring.active('credentials').id
    const to = await addKeyringKey(path, {
      purpose: 'credentials',
      clock: systemClock,
      announce: () => Promise.resolve(),
    })
    // Asked by its id, so that the keyring has read it before the clock runs.
    keyring.find('credentials', to)
    return move(from, credentialKeys)
  }
  const control = async (): Promise<number> => {
    const { id } = keyring.active('credentials')
    const there = await move(id, renaming('nobody'))
    const back = await move('nobody', renaming(id))
    return (there + back) / 2
  }
  await rewrap()
  await control()
  return alternatingPairs(options.pairs, rewrap, control)
}

/** Says that a key lies under another one, and does nothing. */
function renaming(keyId: string): KeyService<'credentials'> {
  const never = () => Promise.reject(new Error('the control wraps nothing'))
  return {
    purpose: 'credentials',
    wrap: never,
    unwrap: never,
    rewrap: ({ bytes }) => Promise.resolve({ keyId, bytes }),
  }
}
