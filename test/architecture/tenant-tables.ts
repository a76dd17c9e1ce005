import type { Source } from './source.ts'

const statement = /\b(select|insert|update|delete|merge|from|into|join|table|truncate|copy|lock)\b/i
/** `tenant.agents` and `"tenant"."agents"`. */
const qualified = /\btenant"?\."?([a-z_]\w*)/gi
/** In a statement also `TENANT . agents`, and `tenant.` before a name that is put in later. */
const qualifiedInStatement = /\btenant"?\s*\.\s*"?([a-z_]\w*|$)/gi
/** The schema by itself, to be joined with a name. */
const alone = /^"?tenant"?\.?"?$/i

/** Every table of tenants that the strings of a file name; `*` for one that is put in later. */
export function tenantTables(source: Source): readonly { readonly table: string; readonly line: number }[] {
  return source.strings.flatMap(({ value, line }) => {
    if (alone.test(value)) return [{ table: '*', line }]
    const names = value.matchAll(statement.test(value) ? qualifiedInStatement : qualified)
    return Array.from(names, ([, name]) => ({ table: name?.toLowerCase() || '*', line }))
  })
}
