export { createApiKey } from './create-api-key.ts'
export { touchApiKey } from './store.ts'
