export { type DecisionContent, sealDecision } from './decision-content.ts'
export { type DecisionRow, insertDecision } from './store.ts'
