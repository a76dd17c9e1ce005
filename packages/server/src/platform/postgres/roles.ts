/** The roles of an installation (data-boundary 1). Names are fixed: a cluster holds one installation. */
export const servingRoles = {
  app: 'hyponema_app',
  worker: 'hyponema_worker',
  auth: 'hyponema_auth',
  sealer: 'hyponema_sealer',
} as const
export const adminRoles = { migrator: 'hyponema_migrator', backup: 'hyponema_backup' } as const
export const ownerRole = 'hyponema_owner'

/**
 * Owns the search index and the function that reads it, and nothing else; nobody can log in as it or act as it
 * (data-boundary 1).
 */
export const searchRole = 'hyponema_search'
