export { checkInbound } from './check-inbound.ts'
export { recordOptOut } from './record-opt-out.ts'
export { cancelReserved, deleteOldAttempts } from './store.ts'
