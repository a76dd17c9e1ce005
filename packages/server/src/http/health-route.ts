import { Hono } from 'hono'
import type { ApiEnv } from '../kernel/request-context.ts'
import { within } from '../kernel/within.ts'

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

/** A check that fails, or does not come back, is a database that does not answer. */
function withinPatience(answer: Promise<boolean>): Promise<boolean> {
  return within(patienceMs, answer, () => new Error('the database takes too long')).catch(() => false)
}
