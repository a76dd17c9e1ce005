import { hasCode } from '../../../kernel/has-code.ts'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'

/** Turns what the file system says into one sentence with a way out. Anything unexpected stays what it is. */
export function folderRefusal(path: string, error: unknown): unknown {
  if (error instanceof StartupRefusal) return error
  if (hasCode(error, 'EACCES', 'EPERM', 'EROFS')) {
    return new StartupRefusal(
      `${path} cannot be written by this user; make it writable, or set HYPONEMA_HOME to a folder that is.`,
      { cause: error },
    )
  }
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) {
    return new StartupRefusal(
      `There is no space left for ${path}; free some (a new installation needs about 150 MB), or set HYPONEMA_HOME to another disk.`,
      { cause: error },
    )
  }
  if (hasCode(error, 'ENOTDIR', 'EEXIST')) {
    return new StartupRefusal(`${path} is not a folder; move the file of that name away, or set HYPONEMA_HOME.`, {
      cause: error,
    })
  }
  return error
}
