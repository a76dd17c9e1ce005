import type { RefusalReason } from '../../features/credentials/public.ts'
import { ProviderError } from './provider-error.ts'

/** Told what a provider thinks of the key that it is called with. */
export type ProviderWatch = {
  readonly worked: () => void
  readonly refused: (reason: RefusalReason) => void
}

/** Tells the watch if the failure is about the key. */
export function tellFailure(watch: ProviderWatch, failure: unknown): void {
  if (!(failure instanceof ProviderError)) return
  if (failure.kind === 'auth') watch.refused('rejected')
  if (failure.kind === 'quota') watch.refused('quota_used_up')
}
