export { type ExplainedDecision, explainDecision } from './explain-decision.ts'
export { readTalk } from './read-talk.ts'
export { sealDecision } from './seal-decision.ts'
export { countOldDecisions, deleteDecisionsOf, findOldestDecision, insertDecision } from './store.ts'
