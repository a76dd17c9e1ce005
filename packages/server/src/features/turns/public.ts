export { listTalk, type TalkTurn } from './list-talk.ts'
export { openToolCalls, openTurnText, type StoredToolCall, sealToolCalls, sealTurnText } from './seal-turn.ts'
export {
  clearToolPayloadsOf,
  countOldTurns,
  deleteTurnsOf,
  findNewestTurn,
  findOldestTurn,
  insertTurn,
  listTurns,
} from './store.ts'
