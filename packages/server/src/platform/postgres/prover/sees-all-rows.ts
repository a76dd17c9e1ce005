import type { Asker } from './asker.ts'

/** Who asks, and whether row security hides nothing from it. */
export async function seesAllRows(ask: Asker): Promise<{ readonly all: boolean; readonly role: string }> {
  const [eyes] = await ask<{ all: boolean; role: string }>(
    'select r.rolsuper or r.rolbypassrls as all, r.rolname::text as role from pg_roles r where r.rolname = current_user',
  )
  return { all: eyes?.all === true, role: eyes?.role ?? 'nobody' }
}
