import { Hono } from 'hono'
import type { ApiEnv } from '../kernel/request-context.ts'

/** A balancer asks again in a few seconds; a database that needs longer does not serve anybody either. */
const patienceMs = 2_000

/**
 * `GET /healthz` for balancers: 200 while new work is taken and the database answers, else 503 with the reason. However
 * many ask at once, the database is asked once.
 */
export function healthRoute(parts: {
  readonly isDraining: () => boolean
  readonly isHealthy: () => Promise<boolean>
}): Hono<ApiEnv> {
  let asking: Promise<boolean> | undefined
  const isHealthy = (): Promise<boolean> => {
    asking ??= parts.isHealthy().finally(() => {
      asking = undefined
    })
    return asking
  }
  return new Hono<ApiEnv>().get('/healthz', async (context) => {
    if (parts.isDraining()) return context.json({ status: 'draining' }, 503)
    const healthy = await withinPatience(isHealthy())
    return context.json({ status: healthy ? 'ok' : 'database_unavailable' }, healthy ? 200 : 503)
  })
}

async function withinPatience(answer: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceMs)
  })
  try {
    return await Promise.race([answer, late])
  } catch {
    // A check that fails is a database that does not answer.
    return false
  } finally {
    clearTimeout(timer)
  }
}
