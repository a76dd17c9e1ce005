/** The policies that come with the product, by the names that a workspace starts from. */

/** Whole policies, each for one kind of agent. */
export const readyPolicyNames = [
  'clinic',
  'debt-collection',
  'retail-support',
  'companion-adults',
  'companion-minors',
] as const

/** Zones of one subject, to be held beside a policy of one's own. */
export const zoneFileNames = ['weapons', 'self-harm', 'drugs', 'fraud'] as const
export type ZoneFileName = (typeof zoneFileNames)[number]

export const policyLibraryNames = [...readyPolicyNames, ...zoneFileNames] as const
export type PolicyLibraryName = (typeof policyLibraryNames)[number]
