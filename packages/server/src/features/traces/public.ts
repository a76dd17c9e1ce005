export { sealTrace } from './seal-trace.ts'
export { countOldTraces, deleteTracesOf, findOldestTrace, insertTrace } from './store.ts'
