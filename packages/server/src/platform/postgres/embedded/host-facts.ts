import { userInfo } from 'node:os'

/** What the embedded server depends on, read once so that tests can say something else. */
export type HostFacts = {
  readonly platform: NodeJS.Platform
  readonly architecture: string
  /** A Linux without glibc, such as Alpine: the binaries of the package do not run there. */
  readonly isMusl: boolean
  readonly userId: number
  /** initdb and postgres look their own user up and stop when there is none. */
  readonly hasUserEntry: boolean
  /** Where data and binaries lie when root starts us, who must hand the server to another user. */
  readonly rootStateFolder: string
}

export function readHostFacts(): HostFacts {
  return {
    platform: process.platform,
    architecture: process.arch,
    isMusl: process.platform === 'linux' && !hasGlibc(),
    userId: process.getuid?.() ?? -1,
    hasUserEntry: hasUserEntry(),
    rootStateFolder: '/var/lib/hyponema',
  }
}

/** Node reports the C library it runs on; musl has no such field. */
function hasGlibc(): boolean {
  const report: unknown = process.report.getReport()
  if (typeof report !== 'object' || report === null || !('header' in report)) return false
  const { header } = report
  return typeof header === 'object' && header !== null && 'glibcVersionRuntime' in header
}

function hasUserEntry(): boolean {
  try {
    userInfo()
    return true
  } catch {
    return false
  }
}
