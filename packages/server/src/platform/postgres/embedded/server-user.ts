/**
 * Threat: the database server runs as root, or as a user to whom other software gave its files.
 * Rule: when root starts us the server runs as `hyponema` if the machine has such a user, else as `postgres`, else as
 * `nobody`. The first is ours alone; the second is meant for database servers; the last is shared with whatever else was
 * dropped to it, so it is the last resort. We never make users ourselves.
 * On failure: no such user is a StartupRefusal; the server is never started as root.
 */
import { readFile } from 'node:fs/promises'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'

export type ServerUser = { readonly name: string; readonly userId: number; readonly groupId: number }

const preferred = ['hyponema', 'postgres', 'nobody'] as const

export async function chooseServerUser(passwdPath = '/etc/passwd'): Promise<ServerUser> {
  const users = parsePasswd(await readFile(passwdPath, 'utf8'))
  for (const name of preferred) {
    const user = users.get(name)
    if (user !== undefined) return user
  }
  throw new StartupRefusal(
    'PostgreSQL does not run as root and this machine has none of the users hyponema, postgres and nobody: make one (useradd --system hyponema), or start as an ordinary user.',
  )
}

function parsePasswd(text: string): ReadonlyMap<string, ServerUser> {
  const users = new Map<string, ServerUser>()
  for (const line of text.split('\n')) {
    const [name = '', , uid = '', gid = ''] = line.split(':')
    // A second user with number 0 would be root again.
    if (!/^\d+$/.test(uid) || !/^\d+$/.test(gid) || Number(uid) === 0) continue
    users.set(name, { name, userId: Number(uid), groupId: Number(gid) })
  }
  return users
}
