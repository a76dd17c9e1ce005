export { sealTrace } from './seal-trace.ts'
export { insertTrace } from './store.ts'
