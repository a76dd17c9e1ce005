export { listTalk, type TalkTurn } from './list-talk.ts'
export { openToolCalls, openTurnText, type StoredToolCall, sealToolCalls, sealTurnText } from './seal-turn.ts'
export { findNewestTurn, insertTurn, listTurns } from './store.ts'
