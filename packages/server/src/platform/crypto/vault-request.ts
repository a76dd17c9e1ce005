import { z } from 'zod'
import { parseJson } from '../../kernel/parse-json.ts'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { askService } from './remote-key-service.ts'
import type { Secret } from './secret.ts'
import type { CallService, ServiceAnswer } from './service-call.ts'
import { keyUnreachable } from './service-failures.ts'

export type VaultAccess = {
  /** Where the transit engine is mounted, without slashes at its ends. */
  readonly mount: string
  readonly namespace: string | undefined
  /** A copy of the token, which the caller destroys. A StartupRefusal says what is wrong with where it should be. */
  readonly readToken: () => Promise<Secret>
  readonly call: CallService
}

const errorsSchema = z.object({ errors: z.array(z.string()) })

/** One request to the transit engine; `keyId` is what a failure is about. */
export async function askVault(
  access: VaultAccess,
  keyId: string,
  request: {
    readonly method: 'GET' | 'POST'
    readonly path: string
    readonly body?: Readonly<Record<string, unknown>>
  },
): Promise<ServiceAnswer> {
  const token = await access.readToken().catch((error: unknown) => {
    if (error instanceof StartupRefusal) throw keyUnreachable(keyId, error.message)
    throw error
  })
  try {
    return await askService(access.call, keyId, {
      method: request.method,
      path: `/v1/${access.mount}/${request.path}`,
      headers: {
        'x-vault-request': 'true',
        ...(access.namespace === undefined ? {} : { 'x-vault-namespace': access.namespace }),
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      secretHeader: { name: 'x-vault-token', prefix: '', secret: token },
    })
  } finally {
    token.destroy()
  }
}

/** The sentences of a refusal. They are compared, never repeated. */
export function vaultErrors(answer: ServiceAnswer): readonly string[] {
  const parsed = errorsSchema.safeParse(parseJson(answer.body))
  return parsed.success ? parsed.data.errors : []
}
