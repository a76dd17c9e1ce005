import { rewrapVersions } from '../features/credentials/public.ts'
import { wrappedUserKeys, wrappedWorkspaceKeys } from '../guards/wrapped-content-keys.ts'
import type { WrappedRows } from '../platform/postgres/wrapped-rows.ts'

/** Every table that holds data keys under a key-encryption key. */
export const wrappedTables: readonly WrappedRows[] = [rewrapVersions, wrappedUserKeys, wrappedWorkspaceKeys]
