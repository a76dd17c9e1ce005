export { ensureUser } from './create-user.ts'
export { findUser, lockUser, setDoNotContact, type UserRow } from './store.ts'
