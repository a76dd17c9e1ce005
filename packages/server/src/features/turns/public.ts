export { type StoredToolCall, sealToolCalls, sealTurnText } from './seal-turn.ts'
export { insertTurn } from './store.ts'
