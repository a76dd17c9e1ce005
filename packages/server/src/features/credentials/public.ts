export { findCredential as findLiveCredential, findSealedVersion, type SealedCredentialVersion } from './store.ts'
