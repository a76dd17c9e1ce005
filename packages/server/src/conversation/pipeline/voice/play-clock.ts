/** The pulse of all players of a process. */
export type PlayClock = {
  /** Never goes back; counts from anywhere. */
  readonly nowMs: () => number
  /** Calls `tick` about every 20 ms, from the next pulse on, until the function that is returned has been called. */
  readonly start: (tick: () => void) => () => void
}

/** One frame of audio. Players look at the time, so a pulse that is late costs nothing but its lateness. */
const pulseMs = 20

/** One timer for everybody, because a timer for each voice costs more than what it does; none while nobody plays. */
export function createPlayClock(): PlayClock {
  const ticks = new Set<() => void>()
  let timer: NodeJS.Timeout | undefined
  const pulse = (): void => {
    for (const tick of ticks) tick()
  }
  return {
    nowMs: () => performance.now(),
    start: (tick) => {
      // A function of its own, so that who starts twice stops twice.
      const own = (): void => tick()
      ticks.add(own)
      timer ??= setInterval(pulse, pulseMs)
      return () => {
        ticks.delete(own)
        if (ticks.size > 0) return
        clearInterval(timer)
        timer = undefined
      }
    },
  }
}
