import type { SpawnOptions } from 'node:child_process'
import type { EmbeddedPlace } from './choose-place.ts'

/** Nothing of our environment reaches the server: no PG* variable, no secret, one language. */
export function serverSpawnOptions(place: EmbeddedPlace): SpawnOptions {
  return {
    cwd: place.baseFolder,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    // A session of its own: Ctrl-C in the terminal reaches us, and we stop the server when the last request is done.
    detached: true,
    ...(place.serverUser === undefined ? {} : { uid: place.serverUser.userId, gid: place.serverUser.groupId }),
  }
}
