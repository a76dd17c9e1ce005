export { createWorkspace } from './create-workspace.ts'
export { findWorkspace } from './store.ts'
