/** What `work` comes to, or the signal's reason as soon as it aborts. Nobody stops the work: it goes on unheard. */
export async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>()
  const follow = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', follow, { once: true })
  if (signal.aborted) follow()
  try {
    return await Promise.race([aborted.promise, work])
  } finally {
    signal.removeEventListener('abort', follow)
    work.catch(() => undefined)
  }
}
