import type { Role } from '@hyponema/contract'

/** What a role may do, in one line; the whole matrix stands in docs/permissions.md. */
export const roleWords: Readonly<Record<Role, string>> = {
  owner: 'Everything, members and privacy requests included.',
  admin: 'Everything but privacy requests; manages members up to admin.',
  builder: 'Builds agents and runs sessions; reads no transcripts.',
  reviewer: 'Reads conversations and decisions; changes nothing.',
  privacy: 'Retention, export and forgetting of users.',
  auditor: 'Reads the audit log and what is published.',
}

export const roleOrder = [
  'owner',
  'admin',
  'builder',
  'reviewer',
  'privacy',
  'auditor',
] as const satisfies readonly Role[]
