export { addSealedVersion } from './add-sealed-version.ts'
export { checkAddress, type IsOpened } from './check-address.ts'
export { createCredential } from './create-credential.ts'
export { deleteCredential } from './delete-credential.ts'
export { credentialJobs } from './jobs.ts'
export { type OpenCountedDependencies, openCounted } from './open-counted.ts'
export { recordOpenings, type SessionOpening } from './record-openings.ts'
export { type RefusalReason, recordRefusal } from './record-refusal.ts'
export { rewrapVersions } from './rewrap-versions.ts'
export { sealNewCredential } from './seal-new-credential.ts'
export { sealProviderKey } from './seal-provider-key.ts'
export {
  type CurrentVersion,
  deleteCredentialRow,
  findCredential,
  findLiveCredential,
  findRevocationSignal,
  findSealedVersions,
  insertCredential,
  listKeptVersions,
  listLiveVersions,
  type SealedCredentialVersion,
  setWorking,
} from './store.ts'
