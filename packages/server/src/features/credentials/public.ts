export { addSealedVersion } from './add-sealed-version.ts'
export { sealNewCredential as insertSealedCredential } from './seal-new-credential.ts'
export {
  deleteCredentialRow,
  findLiveCredential,
  findSealedVersion,
  listLiveVersions,
  type SealedCredentialVersion,
} from './store.ts'
