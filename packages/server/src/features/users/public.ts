export { ensureUser } from './create-user.ts'
export { findUser, isAnyMarked, lockUser, setDoNotContact, type UserRow } from './store.ts'
