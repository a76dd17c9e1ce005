export { ensureUser } from './create-user.ts'
