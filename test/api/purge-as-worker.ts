import { purgeWorkspace } from '../../packages/server/src/features/retention/public.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { type Api, type ApiWorkspace, newId } from './api-harness.ts'

/** One run of retention over a workspace, as the worker makes it; `withWorkspace` may stand between. */
export function purgeAsWorker(
  { installation, clock }: Pick<Api, 'installation' | 'clock'>,
  { scope }: Pick<ApiWorkspace, 'scope'>,
  withWorkspace = installation.database.workerWithWorkspace,
): ReturnType<typeof purgeWorkspace> {
  const contentKeys = createContentKeys({ epochKeys: keyringKeyService(installation.keyring, 'epoch'), newId })
  return purgeWorkspace({ withWorkspace, contentKeys, newId, nowMs: () => clock.nowMs() }, scope)
}
