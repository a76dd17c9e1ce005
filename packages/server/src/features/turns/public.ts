export { insertTurn, type TurnCounts } from './store.ts'
export { sealToolCalls, sealTurnText, type StoredToolCall } from './turn-content.ts'
