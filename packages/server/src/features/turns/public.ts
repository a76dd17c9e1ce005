export { listTalk, type TalkTurn } from './list-talk.ts'
export { type StoredToolCall, sealToolCalls, sealTurnText } from './seal-turn.ts'
export { insertTurn } from './store.ts'
