export { addSealedVersion } from './add-sealed-version.ts'
export { checkAddress } from './check-address.ts'
export { credentialJobs } from './jobs.ts'
export { sealNewCredential as insertSealedCredential } from './seal-new-credential.ts'
export {
  type CurrentVersion,
  deleteCredentialRow,
  findCredential,
  findLiveCredential,
  findSealedVersion,
  listLiveVersions,
  type SealedCredentialVersion,
} from './store.ts'
