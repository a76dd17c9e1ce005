/** How the key services of others are reached: whoever composes the server hands in a function that goes through the outbound door. */
import type { Secret } from './secret.ts'

export type ServiceRequest = {
  readonly method: 'GET' | 'POST'
  /** Absolute, below the one endpoint that the caller of this function has been made for. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Sent as one more header; its bytes are lent while the request is written. The value holds no spaces. */
  readonly secretHeader: { readonly name: string; readonly prefix: string; readonly secret: Secret }
}

export type ServiceAnswer = { readonly status: number; readonly body: string }

/** Resolves with any whole answer, whatever its status; redirects are answers. Rejects where none came in time, or a longer one. */
export type CallService = (request: ServiceRequest) => Promise<ServiceAnswer>
