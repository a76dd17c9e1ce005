import { encodeId } from '@hyponema/contract'
import { createOpenDesk } from '../conversation/transports/operator/create-open-desk.ts'
import { OperatorUpgrade } from '../conversation/transports/operator/operator-upgrade.ts'
import { findEscalationSignal } from '../features/escalations/public.ts'
import type { ContentKeys } from '../guards/content-keys.ts'
import type { Mutations } from '../guards/mutations.ts'
import { createPrincipalNow } from '../guards/principal-now.ts'
import type { Budgets } from './compose-budgets.ts'
import type { ServerParts } from './server-parts.ts'

/** Wires the live socket of operators. */
export function composeOperators(
  parts: ServerParts,
  shared: { readonly mutations: Mutations; readonly contentKeys: ContentKeys; readonly buckets: Budgets },
): OperatorUpgrade {
  const { clock, newId, config, log, installation } = parts
  const { database, signingKeys: keys } = installation
  const principalNow = createPrincipalNow({ database, clock })
  const { publicOrigin } = config
  const { mutations, contentKeys, buckets } = shared
  return new OperatorUpgrade({
    openDesk: createOpenDesk({
      database,
      mutations,
      contentKeys,
      clock,
      newId,
      keys,
      principalNow,
      publicOrigin,
      buckets,
    }),
    isAboutEscalations: async ({ scope }, signalId) =>
      (await database.withWorkspace(scope, (tx) => findEscalationSignal(tx, signalId))) !== undefined,
    newRequestId: () => encodeId('request', newId()),
    trustedProxies: parts.trustedProxies,
    localOnly: parts.embedded !== undefined,
    isDraining: parts.isDraining,
    createBuckets: buckets.createBuckets,
    onFailure: (error) => log.error({ err: error }, 'a live socket of an operator failed'),
    ...(parts.operatorLimits === undefined ? {} : { limits: parts.operatorLimits }),
  })
}
