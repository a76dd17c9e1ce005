import type { Clock } from '../../kernel/clock.ts'
import { createSecretFile } from './create-secret-file.ts'
import { createEvidenceSigner, type EvidenceSigner } from './evidence-signer.ts'
import type { LocalKeyService } from './key-service.ts'
import { readPrivateFile } from './read-private-file.ts'
import { makeSigningKey, openSigningKeys, renderSigningKeys } from './signing-key-file.ts'

/** Reads the keys that sign evidence, or makes the first where there is no file yet. Throws a StartupRefusal for a damaged one. */
export async function loadEvidenceSigner(
  path: string,
  options: { readonly keys: LocalKeyService<'signing'>; readonly clock: Clock },
): Promise<EvidenceSigner> {
  if ((await readPrivateFile(path)) === undefined) {
    const first = makeSigningKey('evi-1', { keys: options.keys, nowMs: options.clock.nowMs() })
    await createSecretFile(path, renderSigningKeys([first]))
  }
  // Read back, because another process may have been first; then its key is everybody's.
  return createEvidenceSigner(openSigningKeys(path, (await readPrivateFile(path)) ?? '', options.keys, 'evi'))
}
