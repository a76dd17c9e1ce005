import type { Role } from '@hyponema/contract'

/** Written out, so that a page does not carry the schemas of the whole contract; a new role breaks the build here. */
const roleNames: Readonly<Record<Role, true>> = {
  owner: true,
  admin: true,
  builder: true,
  reviewer: true,
  privacy: true,
  auditor: true,
}

export function isRole(text: unknown): text is Role {
  return typeof text === 'string' && Object.hasOwn(roleNames, text)
}
