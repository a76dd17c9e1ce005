export { sealDecision } from './seal-decision.ts'
export { insertDecision } from './store.ts'
