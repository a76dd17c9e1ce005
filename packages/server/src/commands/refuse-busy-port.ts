import { listen } from './listen.ts'

/**
 * Listens once and stops again, so that a first start does not make a database only to say that its port is taken. No
 * promise: whoever takes the port meanwhile is met by the `listen` of the server itself, which says the same.
 */
export async function refuseBusyPort({ host, port }: { host: string; port: number }): Promise<void> {
  const probe = await listen({ fetch: () => new Response(undefined, { status: 503 }), host, port })
  await probe.close()
}
