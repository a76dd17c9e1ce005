export { findOrCreateIdentity } from './create-identity.ts'
