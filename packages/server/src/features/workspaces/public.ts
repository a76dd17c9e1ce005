export { createWorkspace } from './create-workspace.ts'
export { findWorkspace, lockWorkspace } from './store.ts'
