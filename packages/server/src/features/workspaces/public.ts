export { createWorkspace } from './create-workspace.ts'
export { readLimits } from './read-limits.ts'
export { findWorkspace, lockWorkspace } from './store.ts'
export { updateLimits } from './update-limits.ts'
