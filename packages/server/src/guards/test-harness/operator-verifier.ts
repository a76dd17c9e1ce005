/** The reader of operator tokens over memberships that lie in a map instead of a database. */
import type { Clock } from '../../kernel/clock.ts'
import type { SigningKeys } from '../../platform/crypto/signing-keys.ts'
import type { StoredMembership, UnprovenTx, WithUnproven } from '../../platform/postgres/with-unproven.ts'
import { MembershipCache } from '../membership-cache.ts'
import { createOperatorTokenVerifier, type OperatorTokenVerifier } from '../operator-token.ts'

/** By workspace and id, with a space between. */
export type MembershipsByPlace = ReadonlyMap<string, StoredMembership | undefined>

export function operatorVerifier(options: {
  keys: SigningKeys
  clock: Clock
  stored: MembershipsByPlace
}): OperatorTokenVerifier {
  const withUnproven: WithUnproven = (scope, lookUp) => {
    const none = async () => undefined
    const lookUps = {
      findApiKey: none,
      findMembership: async (id: string) => options.stored.get(`${scope.workspaceId} ${id}`),
      findMembershipOf: none,
      findInvitation: none,
      findRefreshToken: none,
    }
    if (!isUnprovenTx(lookUps)) throw new Error('no transaction')
    return lookUp(lookUps)
  }
  return createOperatorTokenVerifier({
    ...options,
    database: { withUnproven },
    memberships: new MembershipCache(options.clock),
  })
}

/** The brand says that the database made it; here the map is the database. */
function isUnprovenTx(value: object): value is UnprovenTx {
  return 'findMembership' in value
}
