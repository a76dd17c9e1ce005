import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import type { HostFacts } from './host-facts.ts'

const otherDatabase = 'or set DATABASE_URL to a PostgreSQL (15 or newer) of yours'
const supported = new Set(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'])

/** Says in one sentence why the embedded server cannot run here and what can be done. */
export function refuseUnsupportedHost(facts: HostFacts): void {
  const platform = `${facts.platform}-${facts.architecture}`
  if (!supported.has(platform)) {
    const way = facts.platform === 'win32' ? 'start inside WSL' : 'start on Linux or macOS'
    throw new StartupRefusal(`There is no embedded PostgreSQL for ${platform}: ${way}, ${otherDatabase}.`)
  }
  if (facts.isMusl) {
    throw new StartupRefusal(
      `The embedded PostgreSQL needs glibc and this Linux uses musl (Alpine): start on a Debian, Ubuntu or Fedora based system or image, ${otherDatabase}.`,
    )
  }
  if (facts.userId !== 0 && !facts.hasUserEntry) {
    throw new StartupRefusal(
      `User id ${facts.userId} has no entry in /etc/passwd and PostgreSQL does not start for such a user: add the entry, start as a user that has one (with containers: --user NAME), ${otherDatabase}.`,
    )
  }
}
