export { findHolds, type Holds } from './find-holds.ts'
export { type PurgeParts, purgeWorkspace, type Removed } from './purge-workspace.ts'
export { readRetentionStatus } from './read-status.ts'
