import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../../../kernel/has-code.ts'

/** What a running server writes into `postmaster.pid`, line by line (PostgreSQL, miscadmin.h, LOCK_FILE_LINE_*). */
export type PostmasterFile = {
  readonly pid: number
  /** First folder of its unix sockets; undefined until it listens. */
  readonly socketFolder: string | undefined
  readonly isReady: boolean
}

export function postmasterFilePath(dataFolder: string): string {
  return join(dataFolder, 'postmaster.pid')
}

/** Undefined when there is none or it is half written. */
export async function readPostmasterFile(dataFolder: string): Promise<PostmasterFile | undefined> {
  let text: string
  try {
    text = await readFile(postmasterFilePath(dataFolder), 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  const [pid = '', , , , socketFolder = '', , , status = ''] = text.split('\n')
  if (!/^\d+$/.test(pid)) return undefined
  return {
    pid: Number(pid),
    socketFolder: socketFolder === '' ? undefined : socketFolder,
    isReady: status.trim() === 'ready',
  }
}
