import { encodeId, parseUuid, type Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import { AppError } from '../../kernel/app-error.ts'
import { credentialWrapContext } from '../../platform/crypto/credential-sealer.ts'
import type { Place, WrappedRows } from '../../platform/postgres/wrapped-rows.ts'

/** The data keys of versions. A revoked version has none, and is left alone. */
export const rewrapVersions: WrappedRows = {
  purpose: 'credentials',
  what: 'versions of credentials',
  nameOf: (place) => {
    const { id, version } = versionAt(place)
    return `credential ${encodeId('credential', id)}, version ${version}`
  },
  count: async (tx) =>
    (
      await sql<{ keyId: string; rows: number }>`select kek_id as "keyId", count(*)::integer as rows
        from tenant.credential_versions where kek_id is not null group by kek_id`.execute(tx.db)
    ).rows,
  page: async (tx, { keyId, after, limit }) => {
    const last = after === undefined ? undefined : versionAt(after)
    const { rows } = await sql<{ id: Uuid; version: number; bytes: Buffer }>`
      select credential_id as id, version, wrapped_key as bytes from tenant.credential_versions
      where kek_id = ${keyId} and (credential_id, version) > (${last?.id ?? lowestId}::uuid, ${last?.version ?? 0}::integer)
      order by credential_id, version limit ${limit}`.execute(tx.db)
    return rows.map(({ id, version, bytes }) => ({
      place: [id, String(version)],
      bytes,
      context: credentialWrapContext({ workspaceId: tx.workspaceId, credentialId: id, version }),
    }))
  },
  move: async (tx, { from, moved }) => {
    const places = moved.map(({ place }) => versionAt(place))
    const result = await sql`update tenant.credential_versions v set wrapped_key = m.wrapped_key, kek_id = m.key_id
      from unnest(${places.map(({ id }) => id)}::uuid[], ${places.map(({ version }) => version)}::integer[],
        ${moved.map(({ wrapped }) => wrapped.bytes)}::bytea[], ${moved.map(({ wrapped }) => wrapped.keyId)}::text[],
        ${moved.map(() => from)}::text[]) as m (credential_id, version, wrapped_key, key_id, from_key_id)
      where v.credential_id = m.credential_id and v.version = m.version and v.kek_id = m.from_key_id`.execute(tx.db)
    return Number(result.numAffectedRows ?? 0n)
  },
}

const lowestId = '00000000-0000-0000-0000-000000000000'

function versionAt([text = '', version = '']: Place): { readonly id: Uuid; readonly version: number } {
  const id = parseUuid(text)
  if (id === undefined) throw new AppError('server.internal', 'the place of a version is no id')
  return { id, version: Number(version) }
}
