import { Pool } from 'undici'

/** Requests as the door sends them and nothing else of the door: what a bench compares with. */
export function openBareRequests(origin: string, connections: number) {
  const pool = new Pool(origin, { connections, pipelining: 1 })
  return {
    post: async (path: string, headers: Readonly<Record<string, string>>, body: string): Promise<void> => {
      const answer = await pool.request({ path, method: 'POST', headers: { ...headers }, body })
      await answer.body.dump()
    },
    close: () => pool.destroy(),
  }
}
