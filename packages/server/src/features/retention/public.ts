export { type PurgeParts, purgeWorkspace, type Removed } from './purge-workspace.ts'
export { readRetentionStatus } from './read-status.ts'
