export { ensureUser } from './create-user.ts'
export { findUser, lockUser, type UserRow } from './store.ts'
