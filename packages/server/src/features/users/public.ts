export { ensureUser } from './create-user.ts'
export { lockUser } from './store.ts'
