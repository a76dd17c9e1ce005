/** What `work` comes to, or a rejection with `late()` when it takes longer. Nobody stops the work: it goes on unheard. */
export async function within<Value>(timeoutMs: number, work: Promise<Value>, late: () => Error): Promise<Value> {
  const tooLate = Promise.withResolvers<never>()
  const timer = setTimeout(() => tooLate.reject(late()), timeoutMs)
  try {
    return await Promise.race([work, tooLate.promise])
  } finally {
    clearTimeout(timer)
  }
}
