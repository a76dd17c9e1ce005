import { chmod, mkdir, stat } from 'node:fs/promises'
import type { Config } from '../config.ts'
import { hasCode } from '../kernel/has-code.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'

/** Makes the folder of sealed files where there is none, so that one which cannot be used is known at the start. */
export async function prepareObjects({ objectsFolder: path }: Pick<Config, 'objectsFolder'>): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    if (await isOpenToOthers(path)) await chmod(path, 0o700)
    if (!(await isOpenToOthers(path))) return
  } catch (error) {
    throw refusal(path, error)
  }
  throw new StartupRefusal(
    `${path} stays open to other users whatever is asked of its file system; set HYPONEMA_OBJECTS to a folder on a file system with owners and modes.`,
  )
}

async function isOpenToOthers(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o077) !== 0
}

function refusal(path: string, error: unknown): unknown {
  if (hasCode(error, 'EACCES', 'EPERM', 'EROFS'))
    return new StartupRefusal(
      `${path} cannot be written by this user; make it writable, or set HYPONEMA_OBJECTS to a folder that is.`,
      { cause: error },
    )
  if (hasCode(error, 'ENOSPC', 'EDQUOT'))
    return new StartupRefusal(
      `There is no space left for ${path}; free some, or set HYPONEMA_OBJECTS to another disk.`,
      { cause: error },
    )
  if (hasCode(error, 'ENOTDIR', 'EEXIST', 'ENOENT'))
    return new StartupRefusal(`${path} is no folder and cannot become one; set HYPONEMA_OBJECTS to one.`, {
      cause: error,
    })
  return error
}
