/** The first version whose `public` schema is closed to everybody and that has security_invoker views. */
export const oldestServerVersion = 150_000

/** One sentence for `start` and `migrate` alike. */
export function oldServer(shown: string): string {
  return `The server runs PostgreSQL ${shown}; Hyponema needs 15 or newer, so upgrade it or start without DATABASE_URL to use the embedded one.`
}
