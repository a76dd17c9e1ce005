import type { Planted } from './wall.ts'

/** One file that breaks a wall; a path that begins with no folder of the repository stands below the server's sources. */
export function plant(name: string, path: string, text: string): Planted {
  const full = /^(packages|test|bench|tools)\//.test(path) ? path : `packages/server/src/${path}`
  return { name, files: { [full]: text }, at: [full] }
}
