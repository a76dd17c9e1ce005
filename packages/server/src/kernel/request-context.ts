import type { Principal } from './principal.ts'

/** What is known about one HTTP request before anything has been looked up. */
export type RequestContext = {
  readonly requestId: string
  /** The client address: the peer's, unless the peer is a trusted proxy. */
  readonly address: string
  readonly userAgent: string
  readonly origin: string | undefined
}

/** The variables that the edge sets on a Hono context. */
export type ApiEnv = {
  /** What the HTTP server adds; absent in tests, which call the app without a port. */
  Bindings: { readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } } }
  Variables: {
    request: RequestContext
    /** Set by `authenticate`; a route that names a permission cannot run without it. */
    principal: Principal
  }
}
